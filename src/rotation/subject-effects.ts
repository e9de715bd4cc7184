import type { Tx } from "../db/client.ts";
import type { FormerSecret } from "../generated/prisma/client.ts";
import { keyIdOfFormer } from "./former-secrets.ts";

/**
 * What the subject's own row says about its former secrets, so that whoever checks one reads no second table in vain. An
 * endpoint's row is touched: its version tells the dispatchers to read the secrets again.
 */
export async function noteOverlap(tx: Tx, former: FormerSecret): Promise<void> {
  const { tenantId, subjectId: id } = former;
  switch (former.kind) {
    case "integration": {
      const open = await tx.formerSecret.aggregate({ where: { tenantId, kind: "integration", subjectId: id, retiredAt: null }, _max: { validUntil: true } });
      await tx.integration.updateMany({ where: { tenantId, id }, data: { formerUntil: open._max.validUntil } });
      return;
    }
    case "webhook_endpoint":
      await tx.webhookEndpoint.updateMany({ where: { tenantId, id }, data: { updatedAt: new Date() } });
      return;
    default:
      await tx.aPIKey.updateMany({ where: { tenantId, id: keyIdOfFormer(former.id) }, data: { revokedAt: former.validUntil } });
  }
}

/** The value itself, where another row holds it. */
export async function clearFormerValue(tx: Tx, former: FormerSecret, now: Date): Promise<void> {
  const { tenantId, subjectId: id } = former;
  if (former.kind === "api_key") await tx.aPIKey.updateMany({ where: { tenantId, id: keyIdOfFormer(former.id), OR: [{ revokedAt: null }, { revokedAt: { gt: now } }] }, data: { revokedAt: now } });
  // One that was replaced before there was a table for it.
  else if (former.kind === "webhook_endpoint" && former.secret === null) await tx.webhookEndpoint.updateMany({ where: { tenantId, id }, data: { previousSecret: null, previousSecretUntil: null } });
}
