import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import { signalNames } from "../domain/processes.ts";
import { agoWords, secretWords, useIsSeen, type SecretKind } from "../domain/rotation.ts";
import { retirementWorkflowId } from "../domain/workflow-ids.ts";
import type { FormerSecret } from "../generated/prisma/client.ts";
import { enqueueCommand } from "../temporal/outbox.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";
import { findInOverlap, lockSubject, toFormerResource, type FormerResource, type SecretSubject } from "./former-secrets.ts";
import { sendAll } from "./send-all.ts";
import { clearFormerValue, noteOverlap } from "./subject-effects.ts";

export interface Retirement {
  by: Caller;
  now: Date;
  /** In a few words, for the timeline. */
  reason: string;
}

/**
 * Ends one former secret, under its subject's lock: what was sealed is deleted, the run is closed, and who did it is on
 * record. One that ended before stays as it is.
 */
export async function retireFormer(tx: Tx, former: FormerSecret, { by, now, reason }: Retirement): Promise<void> {
  if (former.retiredAt !== null) return;
  const { tenantId, id, subjectId } = former;
  const kind = former.kind as SecretKind;
  const validUntil = former.validUntil < now ? former.validUntil : now;
  const after = await tx.formerSecret.update({ where: { id }, data: { secret: null, retiredAt: now, validUntil } });
  await clearFormerValue(tx, former, now);
  if (kind !== "api_key") await noteOverlap(tx, after);
  const lastUse = !useIsSeen(kind) ? "" : former.lastUsedAt === null ? " It was not used since it was replaced." : ` It was last used ${agoWords(now.getTime() - former.lastUsedAt.getTime())}.`;
  await addTimelineEntry(tx, tenantId, { subjectId, kind: "secret.retired", actor: by.actor, summary: `The ${secretWords(kind)} was retired: ${reason}.${lastUse}`, details: { secretId: id, kind }, dedupeKey: `retired/${id}` });
  await recordAudit(tx, tenantId, by, { action: `${kind}.secret_retired`, subjectType: kind, subjectId, before: toFormerResource(former), after: { ...toFormerResource(after), retiredAt: now } });
  await publishEvents(tx, tenantId, [{ type: "secret.retired", payload: secretNews(after) }]);
  await tx.run.updateMany({ where: { tenantId, workflowId: retirementWorkflowId(id), closedAt: null }, data: { status: "completed", step: "Retired", problem: null, nextTimer: null, updatedAt: now, closedAt: now } });
}

/** What a tenant is told about a former secret. */
export function secretNews(former: FormerSecret): Record<string, unknown> {
  const { id: secretId, ...shown } = toFormerResource(former);
  return { secretId, kind: former.kind, subjectId: former.subjectId, ...shown };
}

/** Ends every one of a subject's. The answer is to be sent after the commit: the runs need not wait for their timers. */
export async function retireAllFormer(tx: Tx, { tenantId, kind, subjectId }: SecretSubject, retirement: Retirement): Promise<string[]> {
  const open = await tx.formerSecret.findMany({ where: { tenantId, kind, subjectId, retiredAt: null }, orderBy: { id: "asc" } });
  const commandIds: string[] = [];
  for (const former of open) {
    await retireFormer(tx, former, retirement);
    commandIds.push(await tellRun(tx, former));
  }
  return commandIds;
}

/** By hand, before its time. @throws AppError not_found, illegal_state */
export async function retireNow(platform: Platform, subject: SecretSubject, secretId: string, caller: Caller): Promise<FormerResource> {
  const { resource, commandId } = await platform.db.tenantTransaction(subject.tenantId, async (tx) => {
    await lockSubject(tx, subject);
    const now = platform.clock.now();
    const former = await findInOverlap(tx, subject, secretId, now);
    await retireFormer(tx, former, { by: caller, now, reason: "asked for" });
    return { resource: { ...toFormerResource(former), validUntil: now.toISOString() }, commandId: await tellRun(tx, former) };
  });
  await sendAll(platform, [commandId]);
  return resource;
}

export async function tellRun(tx: Tx, { tenantId, id }: FormerSecret): Promise<string> {
  return await enqueueCommand(tx, tenantId, { kind: "signal", workflowId: retirementWorkflowId(id), signalName: signalNames.overlapChanged, args: [] });
}
