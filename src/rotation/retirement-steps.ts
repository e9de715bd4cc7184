import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import type { RetireSecretInput } from "../domain/processes.ts";
import { agoWords, noticeMs, secretWords, useIsSeen, type SecretKind } from "../domain/rotation.ts";
import { retirementWorkflowId } from "../domain/workflow-ids.ts";
import type { FormerSecret } from "../generated/prisma/client.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";
import { lockSubject } from "./former-secrets.ts";
import { retireFormer, secretNews } from "./retire.ts";

/** The steps of retireSecret. Each reads the row under its subject's lock: a person may have been quicker. Time is the run's. */

export interface OverlapPlan {
  /** Milliseconds since the epoch. */
  replacedAt: number;
  validUntil: number;
  /** Its owner was told: nothing is left but the end. */
  warned: boolean;
}

const system = (): Caller => ({ actor: { type: "system" }, sourceIp: null, requestId: null });

async function withOpen<T>(platform: Platform, { tenantId, secretId }: RetireSecretInput, work: (tx: Tx, former: FormerSecret) => Promise<T>): Promise<T | null> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    const known = await tx.formerSecret.findFirst({ where: { tenantId, id: secretId } });
    if (known === null) return null;
    await lockSubject(tx, { tenantId, kind: known.kind as SecretKind, subjectId: known.subjectId });
    const former = await tx.formerSecret.findFirst({ where: { tenantId, id: secretId, retiredAt: null } });
    return former === null ? null : await work(tx, former);
  });
}

const planOf = (former: FormerSecret): OverlapPlan => ({ replacedAt: former.replacedAt.getTime(), validUntil: former.validUntil.getTime(), warned: former.warnedAt !== null });

/** Null when it was retired by hand or with its subject. */
export async function readOverlap(platform: Platform, input: RetireSecretInput): Promise<OverlapPlan | null> {
  return await withOpen(platform, input, async (tx, former) => {
    await tx.run.updateMany({ where: { tenantId: input.tenantId, workflowId: retirementWorkflowId(former.id), closedAt: null }, data: { step: "Waiting for the overlap to end", nextTimer: former.validUntil, updatedAt: new Date() } });
    return planOf(former);
  });
}

/** Near the end: tells its owner once when the former secret is in use still, or when nobody here can see whether it is. */
export async function watchUse(platform: Platform, input: RetireSecretInput & { now: number }): Promise<OverlapPlan | null> {
  return await withOpen(platform, input, async (tx, former) => {
    const kind = former.kind as SecretKind;
    const agoMs = input.now - (former.lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
    const notice = noticeMs(planOf(former));
    if (former.warnedAt !== null || notice === null || (useIsSeen(kind) && agoMs > notice)) return planOf(former);
    const use = useIsSeen(kind) ? `was used ${agoWords(agoMs)}` : "still signs every delivery; whether the receiver needs it cannot be seen from here";
    await addTimelineEntry(tx, former.tenantId, {
      subjectId: former.subjectId, kind: "secret.expiring", actor: { type: "system" },
      summary: `The ${secretWords(kind)} ${use}. It ends at ${former.validUntil.toISOString()}.`, details: { secretId: former.id, kind },
    });
    await publishEvents(tx, former.tenantId, [{ type: "secret.expiring", payload: secretNews(former) }]);
    return planOf(await tx.formerSecret.update({ where: { id: former.id }, data: { warnedAt: new Date(input.now) } }));
  });
}

/** Null when it is retired now, or was before; otherwise its overlap was extended meanwhile. */
export async function endOverlap(platform: Platform, input: RetireSecretInput & { now: number; asked: boolean }): Promise<OverlapPlan | null> {
  return await withOpen(platform, input, async (tx, former) => {
    if (!input.asked && former.validUntil.getTime() > input.now) return planOf(former);
    await retireFormer(tx, former, { by: system(), now: new Date(input.now), reason: input.asked ? "its run was told to" : "the overlap ended" });
    return null;
  });
}
