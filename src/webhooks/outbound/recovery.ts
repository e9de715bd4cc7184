import type { Caller, Platform } from "../../context.ts";
import type { Database, Tx } from "../../db/client.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import { taskQueues, workflowNames, type RecoverDeliveriesInput } from "../../domain/processes.ts";
import { recoveryWorkflowId } from "../../domain/workflow-ids.ts";
import type { Prisma, RecoveryJob } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isId, newId } from "../../lib/ids.ts";
import { enqueueCommand, sendCommandSoon, type StartCommand } from "../../temporal/outbox.ts";
import { findEndpoint } from "./endpoints.ts";
import type { RecoveryFilter, RecoveryKind } from "./recovery-filter.ts";
import { countMatches } from "./recovery-store.ts";

/**
 * Two acts for what did not arrive. To resend makes the same deliveries due again, at the same endpoints, with their
 * attempts kept; to route again matches events with an endpoint anew and makes the deliveries it never had.
 */
export interface RecoveryRequest {
  since?: string | undefined;
  until?: string | undefined;
  eventType?: string | undefined;
  status?: string[] | undefined;
}

/** What became of a request: the count alone, or a job that does it. */
export type Recovery = { matched: number } | { job: RecoveryJob };

/** @throws AppError not_found, illegal_state */
export async function recoverEndpoint(platform: Platform, tenantId: string, endpointId: string, kind: RecoveryKind, request: RecoveryRequest, options: { dryRun: boolean; caller: Caller }): Promise<Recovery> {
  const endpoint = await platform.db.tenantTransaction(tenantId, (tx) => findEndpoint(tx, tenantId, endpointId));
  if (!endpoint.enabled) throw new AppError("illegal_state", "The endpoint is disabled; enable it first.");
  return await recover(platform, tenantId, kind, { ...request, endpointId }, options);
}

/** Resends by filter; deliveries of endpoints that are disabled or deleted are left alone. @throws AppError not_found, illegal_state */
export async function replayDeliveries(platform: Platform, tenantId: string, request: RecoveryRequest & { endpointId?: string | undefined }, options: { dryRun: boolean; caller: Caller }): Promise<Recovery> {
  if (request.endpointId !== undefined) return await recoverEndpoint(platform, tenantId, request.endpointId, "resend", request, options);
  return await recover(platform, tenantId, "resend", request, options);
}

async function recover(
  platform: Platform, tenantId: string, kind: RecoveryKind, request: RecoveryRequest & { endpointId?: string | undefined }, { dryRun, caller }: { dryRun: boolean; caller: Caller },
): Promise<Recovery> {
  // The end is fixed now: what arrives while the job runs is live traffic, and a delivery that fails again is not taken twice.
  const filter: RecoveryFilter = { ...request, status: request.status ?? ["failed"], until: request.until ?? platform.clock.now().toISOString() };
  const matched = await countMatches(platform.db, tenantId, kind, filter);
  if (dryRun) return { matched };
  const { job, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const created = await tx.recoveryJob.create({
      data: { id: newId("rec"), tenantId, endpointId: request.endpointId ?? null, kind, filter: JSON.parse(JSON.stringify(filter)) as Prisma.InputJsonValue, matched },
    });
    await recordAudit(tx, tenantId, caller, { action: "recovery_job.created", subjectType: "recovery_job", subjectId: created.id, after: { kind, filter, matched } });
    return { job: created, commandId: await enqueueCommand(tx, tenantId, startCommand(created)) };
  });
  await sendCommandSoon(platform, commandId);
  return { job };
}

function startCommand(job: RecoveryJob): StartCommand {
  const input: RecoverDeliveriesInput = { tenantId: job.tenantId, jobId: job.id };
  return {
    kind: "start",
    workflowId: recoveryWorkflowId(job.id),
    workflowName: workflowNames.recoverDeliveries,
    taskQueue: taskQueues.orchestration,
    args: [input],
    summary: `Recovery of deliveries · tenant ${job.tenantId}`,
    details: `**Recovery** ${job.id}: ${job.kind === "resend" ? "resend" : "route again"}, ${job.matched} matched.`,
    attributes: { TenantId: job.tenantId, ProcessKind: "recovery", SubjectId: job.id },
  };
}

/** Newest first, one more than the limit. */
export async function listRecoveryJobs(db: Database, tenantId: string, page: { limit: number; cursor?: string | undefined }): Promise<RecoveryJob[]> {
  const before = page.cursor === undefined ? {} : { id: { lt: page.cursor } };
  return await db.tenantTransaction(tenantId, (tx) => tx.recoveryJob.findMany({ where: { tenantId, ...before }, orderBy: { id: "desc" }, take: page.limit + 1 }));
}

/** @throws AppError not_found */
export async function getRecoveryJob(tx: Tx, tenantId: string, id: string): Promise<RecoveryJob> {
  const row = isId("rec", id) ? await tx.recoveryJob.findFirst({ where: { tenantId, id } }) : null;
  if (row === null) throw notFound("recovery job");
  return row;
}

/** No further step is taken; what was made due before is still sent. The lock waits for a step under way. @throws AppError not_found, illegal_state */
export async function cancelRecoveryJob(db: Database, tenantId: string, id: string, caller: Caller): Promise<RecoveryJob> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM recovery_job WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
    const before = await getRecoveryJob(tx, tenantId, id);
    if (before.status !== "running") throw new AppError("illegal_state", `The job is ${before.status}; only a running one can be cancelled.`);
    const now = new Date();
    const after = await tx.recoveryJob.update({ where: { id }, data: { status: "cancelled", cancelRequested: true, finishedAt: now, updatedAt: now } });
    await recordAudit(tx, tenantId, caller, { action: "recovery_job.cancelled", subjectType: "recovery_job", subjectId: id, after: { matched: after.matched, done: after.done } });
    return after;
  });
}
