import type { Platform } from "../../context.ts";
import type { Tx } from "../../db/client.ts";
import { addTimelineEntry } from "../../db/repositories/timeline.ts";
import type { Actor, RecoverEndpointInput } from "../../domain/processes.ts";
import { breakerThreshold, lastDrainRate } from "../../domain/recovery.ts";
import { endpointRecoveryWorkflowId } from "../../domain/workflow-ids.ts";
import { openRun } from "./breaker.ts";
import { tellRecovered, warnOfFailure } from "./endpoint-notices.ts";
import { dueChannel } from "./due-channel.ts";
import { releasedAtOnce } from "./held-store.ts";

interface SickEndpoint {
  id: string;
  shard: number;
  status: string;
  enabled: boolean;
  failing_since: Date | null;
  slow_until: Date | null;
}

/** Locked, so that ending a recovery and holding new deliveries come one after the other. Null when the endpoint is no longer the recovery's. */
async function lockSick(tx: Tx, input: RecoverEndpointInput): Promise<SickEndpoint | null> {
  const [row] = await tx.$queryRaw<SickEndpoint[]>`
    SELECT id, shard, status, enabled, failing_since, slow_until FROM webhook_endpoint
    WHERE tenant_id = ${input.tenantId} AND id = ${input.endpointId} AND deleted_at IS NULL FOR UPDATE`;
  return row !== undefined && row.enabled && row.status === "degraded" ? row : null;
}

/** Null when there is nothing to recover: the endpoint was enabled, disabled or deleted by a person, or the run was started twice. */
export async function beginRecovery(platform: Platform, input: RecoverEndpointInput): Promise<{ failingSince: number; slowForMs: number } | null> {
  return await platform.db.tenantTransaction(input.tenantId, async (tx) => {
    const endpoint = await lockSick(tx, input);
    if (endpoint === null) return null;
    const open = await tx.run.count({ where: { workflowId: endpointRecoveryWorkflowId(input.endpointId), closedAt: null } });
    if (open === 0) await openRun(tx, input.tenantId, input.endpointId);
    return { failingSince: (endpoint.failing_since ?? new Date()).getTime(), slowForMs: Math.max(0, (endpoint.slow_until?.getTime() ?? 0) - Date.now()) };
  });
}

export async function noteRun(platform: Platform, input: RecoverEndpointInput, shown: { step: string; problem: string | null; nextTimer: number | null }): Promise<void> {
  await platform.db.tenantTransaction(input.tenantId, (tx) =>
    tx.run.updateMany({
      where: { workflowId: endpointRecoveryWorkflowId(input.endpointId), closedAt: null },
      data: { ...shown, nextTimer: shown.nextTimer === null ? null : new Date(shown.nextTimer), updatedAt: new Date() },
    }),
  );
}

/** A probe or a drain failed. After a day of it the tenant is told. */
export async function noteStillFailing(platform: Platform, input: RecoverEndpointInput, warn: boolean): Promise<void> {
  await platform.db.tenantTransaction(input.tenantId, async (tx) => {
    await tx.webhookEndpoint.updateMany({ where: { tenantId: input.tenantId, id: input.endpointId, status: "degraded" }, data: { consecutiveFailures: { increment: 1 } } });
    if (warn) await warnOfFailure(tx, input.tenantId, input.endpointId);
  });
}

/** The endpoint answered: should it fail again, a new outage begins. */
export async function noteAnswered(platform: Platform, input: RecoverEndpointInput): Promise<void> {
  await platform.db.tenantTransaction(input.tenantId, (tx) =>
    tx.webhookEndpoint.updateMany({ where: { tenantId: input.tenantId, id: input.endpointId, status: "degraded" }, data: { consecutiveFailures: 0, failingSince: new Date(), slowUntil: null } }),
  );
}

export type RecoveryEnd = "recovered" | "untested" | "cancelled";

const endings: Record<RecoveryEnd, { step: string; summary: string; failures: number }> = {
  recovered: { step: "Recovered", summary: "The endpoint answers again; all deliveries go on.", failures: 0 },
  // Nobody knows whether it is well: one failure opens the breaker again, and its clock runs on.
  untested: { step: "Nothing waits", summary: "Nothing waits for the endpoint; the next delivery shows whether it is well.", failures: breakerThreshold - 1 },
  cancelled: { step: "Cancelled", summary: "The recovery was cancelled; deliveries are tried as they come.", failures: 0 },
};

/** Gives an endpoint back to the dispatcher with all that is held, and closes the run. Does the latter alone when a person was quicker. */
export async function endRecovery(platform: Platform, input: RecoverEndpointInput, end: RecoveryEnd, by: Actor): Promise<{ recovered: boolean }> {
  return await platform.db.tenantTransaction(input.tenantId, async (tx) => {
    const endpoint = await lockSick(tx, input);
    if (endpoint === null) {
      await closeRun(tx, input, end === "cancelled" ? "Cancelled" : "Ended by a change of the endpoint", "cancelled");
      return { recovered: false };
    }
    const { step, summary, failures } = endings[end];
    await tx.webhookEndpoint.update({
      where: { id: endpoint.id },
      data: {
        status: "healthy", slowUntil: null, consecutiveFailures: failures, updatedAt: new Date(),
        ...(end === "untested" ? {} : { failingSince: null }),
      },
    });
    if (end === "recovered") await tellRecovered(tx, input.tenantId, endpoint.id);
    await releaseHeld(tx, endpoint);
    await addTimelineEntry(tx, input.tenantId, { subjectId: endpoint.id, kind: `endpoint.${end}`, actor: by, summary });
    await closeRun(tx, input, step, end === "cancelled" ? "cancelled" : "completed");
    return { recovered: end === "recovered" };
  });
}

/** The oldest are due first, and no more in a second than the endpoint has shown to bear. What is left of a long queue follows with the dispatcher's rounds. */
async function releaseHeld(tx: Tx, endpoint: SickEndpoint): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_delivery d
    SET status = 'pending', next_attempt_at = now() + make_interval(secs => held.place / ${lastDrainRate}::float8), lease_until = NULL, lease_token = NULL, updated_at = now()
    FROM (SELECT tenant_id, id, row_number() OVER (ORDER BY id) - 1 AS place FROM webhook_delivery WHERE endpoint_id = ${endpoint.id} AND status = 'held' ORDER BY id LIMIT ${releasedAtOnce}) held
    WHERE d.tenant_id = held.tenant_id AND d.id = held.id AND d.status = 'held'`;
  await tx.$executeRaw`SELECT pg_notify(${dueChannel}, ${String(endpoint.shard)})`;
}

async function closeRun(tx: Tx, input: RecoverEndpointInput, step: string, status: "completed" | "failed" | "cancelled"): Promise<void> {
  const now = new Date();
  await tx.run.updateMany({
    where: { workflowId: endpointRecoveryWorkflowId(input.endpointId), closedAt: null },
    data: { status, step, problem: null, nextTimer: null, updatedAt: now, closedAt: now },
  });
}

export async function closeRunDisabled(platform: Platform, input: RecoverEndpointInput): Promise<void> {
  await platform.db.tenantTransaction(input.tenantId, (tx) => closeRun(tx, input, "The endpoint was disabled", "failed"));
}
