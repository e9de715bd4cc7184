import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import { taskQueues, workflowNames, type RetireSecretInput } from "../domain/processes.ts";
import { secretWords } from "../domain/rotation.ts";
import { retirementWorkflowId } from "../domain/workflow-ids.ts";
import type { FormerSecret } from "../generated/prisma/client.ts";
import { enqueueCommand, type StartCommand } from "../temporal/outbox.ts";
import { assertRoomForFormer, type SecretSubject } from "./former-secrets.ts";
import { retireAllFormer } from "./retire.ts";
import { noteOverlap } from "./subject-effects.ts";

export interface Replacement extends SecretSubject {
  /** Of the former secret; a sealed value is bound to it. */
  id: string;
  /** Null where another row holds what is needed to check it. */
  sealed: Uint8Array<ArrayBuffer> | null;
  now: Date;
  overlapSeconds: number;
  /** It would have ended by itself then. */
  endsAt?: Date | null;
}

export interface Kept {
  former: FormerSecret | null;
  /** To be sent once the transaction has been committed. */
  commandIds: string[];
}

/**
 * A secret was replaced, in the caller's transaction and under the subject's lock: it stays valid until its overlap ends, and
 * a run that retires it is started. Without an overlap it is not kept, and every one before it ends as well.
 * @throws AppError too_many_secrets
 */
export async function keepFormer(platform: Platform, tx: Tx, replaced: Replacement, caller: Caller): Promise<Kept> {
  const { tenantId, kind, subjectId, id, now } = replaced;
  if (replaced.overlapSeconds === 0) {
    await tellRotation(tx, replaced, caller, `The ${secretWords(kind)} was replaced and is no longer valid.`);
    return { former: null, commandIds: await retireAllFormer(tx, replaced, { by: caller, now, reason: "replaced without an overlap" }) };
  }
  await assertRoomForFormer(tx, replaced, now);
  const end = new Date(now.getTime() + replaced.overlapSeconds * 1000);
  const validUntil = replaced.endsAt != null && replaced.endsAt < end ? replaced.endsAt : end;
  const former = await tx.formerSecret.create({ data: { id, tenantId, kind, subjectId, secret: replaced.sealed, replacedAt: now, validUntil } });
  await noteOverlap(tx, former);
  await tx.run.create({ data: { workflowId: retirementWorkflowId(id), tenantId, kind: "secret_retirement", subjectId, status: "running", step: "Starting", nextTimer: validUntil, createdAt: now, updatedAt: now } });
  await tellRotation(tx, replaced, caller, `A new secret is current; the ${secretWords(kind)} stays valid beside it until ${validUntil.toISOString()}.`);
  return { former, commandIds: [await enqueueCommand(tx, tenantId, retirementStart(platform, former))] };
}

async function tellRotation(tx: Tx, { tenantId, kind, subjectId, id }: Replacement, caller: Caller, summary: string): Promise<void> {
  await addTimelineEntry(tx, tenantId, { subjectId, kind: "secret.rotated", actor: caller.actor, summary, details: { secretId: id, kind } });
}

/** A run that is started again finds in the row what is left to do. */
export function retirementStart(platform: Platform, { tenantId, id: secretId, kind, subjectId, validUntil }: FormerSecret): StartCommand {
  const input: RetireSecretInput = { tenantId, secretId };
  const page = kind === "webhook_endpoint" ? `endpoints/${subjectId}` : kind === "integration" ? "integrations" : "audit-log";
  return {
    kind: "start",
    workflowId: retirementWorkflowId(secretId),
    workflowName: workflowNames.retireSecret,
    taskQueue: taskQueues.orchestration,
    args: [input],
    summary: `Retirement of a former secret · tenant ${tenantId}`,
    details: `**Former secret** ${secretId} of ${subjectId}, valid until ${validUntil.toISOString()}.\n\n- [Open in the console](${platform.config.publicUrl}/console/t/${tenantId}/${page})\n- Signals: \`retryRequested\` and \`cancelRequested\` retire it now, \`overlapChanged\` reads its end again.`,
    attributes: { TenantId: tenantId, ProcessKind: "secret_retirement", SubjectId: subjectId, ProcessStatus: "waiting", ...(kind === "integration" ? { IntegrationId: subjectId } : {}) },
    reuse: "after_close",
  };
}
