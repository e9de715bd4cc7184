import type { Caller, Platform } from "../context.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import { secretWords } from "../domain/rotation.ts";
import { invalidField } from "../lib/errors.ts";
import { findInOverlap, keyIdOfFormer, lockSubject, toFormerResource, type FormerResource, type SecretSubject } from "./former-secrets.ts";
import { tellRun } from "./retire.ts";
import { sendAll } from "./send-all.ts";
import { noteOverlap } from "./subject-effects.ts";

/** Keeps a former secret valid for so long from now. @throws AppError not_found, illegal_state, invalid when that is no later than before */
export async function extendOverlap(platform: Platform, subject: SecretSubject, { secretId, overlapSeconds }: { secretId: string; overlapSeconds: number }, caller: Caller): Promise<FormerResource> {
  const { tenantId, kind, subjectId } = subject;
  const { after, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    await lockSubject(tx, subject);
    const now = platform.clock.now();
    const before = await findInOverlap(tx, subject, secretId, now);
    const key = kind === "api_key" ? await tx.aPIKey.findFirst({ where: { tenantId, id: keyIdOfFormer(secretId) } }) : null;
    const asked = new Date(now.getTime() + overlapSeconds * 1000);
    const validUntil = key?.expiresAt != null && key.expiresAt < asked ? key.expiresAt : asked;
    if (validUntil <= before.validUntil) throw invalidField("/overlapSeconds", `must end after ${before.validUntil.toISOString()}, when the overlap ends now`);
    // A new end is worth a new warning.
    const changed = await tx.formerSecret.update({ where: { id: secretId }, data: { validUntil, warnedAt: null } });
    await noteOverlap(tx, changed);
    await addTimelineEntry(tx, tenantId, { subjectId, kind: "secret.extended", actor: caller.actor, summary: `The ${secretWords(kind)} stays valid until ${validUntil.toISOString()}.`, details: { secretId, kind } });
    await recordAudit(tx, tenantId, caller, { action: `${kind}.secret_extended`, subjectType: kind, subjectId, before: toFormerResource(before), after: toFormerResource(changed) });
    return { after: changed, commandId: await tellRun(tx, changed) };
  });
  await sendAll(platform, [commandId]);
  return toFormerResource(after);
}
