import type { Caller, Platform } from "../../context.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import { newId } from "../../lib/ids.ts";
import { formerPlace, listFormer, toFormerResource, type FormerResource, type SecretSubject } from "../../rotation/former-secrets.ts";
import { keepFormer } from "../../rotation/keep-former.ts";
import { sendAll } from "../../rotation/send-all.ts";
import { findEndpoint, lockEndpoint, secretPlace } from "./endpoints.ts";
import { generateEndpointSecret } from "./sign.ts";

const subjectOf = (tenantId: string, id: string): SecretSubject => ({ tenantId, kind: "webhook_endpoint", subjectId: id });

/** The secret in the clear, for the tenant's own verifier; who read it is in the audit log. */
export async function readSecret(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<{ secret: string; rotation: FormerResource[] }> {
  const { row, former } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const found = await findEndpoint(tx, tenantId, id);
    await recordAudit(tx, tenantId, caller, { action: "webhook_endpoint.secret_read", subjectType: "webhook_endpoint", subjectId: id });
    return { row: found, former: await listFormer(tx, subjectOf(tenantId, id), platform.clock.now()) };
  });
  const secret = (await platform.vault.open(secretPlace(tenantId, id), row.secret)).toString("utf8");
  return { secret, rotation: former.map(toFormerResource) };
}

/** A new secret; until the overlap ends, deliveries are signed with the old one too. @throws AppError not_found, too_many_secrets */
export async function rotateSecret(
  platform: Platform, tenantId: string, id: string, overlapSeconds: number, caller: Caller,
): Promise<{ secret: string; previousSecretUntil: Date | null }> {
  const secret = generateEndpointSecret();
  const sealed = new Uint8Array(await platform.vault.seal(secretPlace(tenantId, id), Buffer.from(secret, "utf8")));
  const { former, commandIds } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const row = await lockEndpoint(tx, tenantId, id);
    const old = await platform.vault.open(secretPlace(tenantId, id), row.secret);
    const secretId = newId("sec");
    const now = platform.clock.now();
    const sealedOld = new Uint8Array(await platform.vault.seal(formerPlace(tenantId, secretId), old));
    const kept = await keepFormer(platform, tx, { ...subjectOf(tenantId, id), id: secretId, sealed: sealedOld, now, overlapSeconds }, caller);
    await tx.webhookEndpoint.update({ where: { id }, data: { secret: sealed, updatedAt: now } });
    await recordAudit(tx, tenantId, caller, {
      action: "webhook_endpoint.secret_rotated", subjectType: "webhook_endpoint", subjectId: id,
      after: { previousSecretUntil: kept.former?.validUntil ?? null, formerSecretId: kept.former?.id ?? null },
    });
    return kept;
  });
  await sendAll(platform, commandIds);
  return { secret, previousSecretUntil: former?.validUntil ?? null };
}
