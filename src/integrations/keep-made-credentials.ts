import type { Platform } from "../context.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import type { Integration, Prisma } from "../generated/prisma/client.ts";
import type { MadeCredentials } from "../providers/contract.ts";
import type { VaultPlace } from "../security/vault.ts";

/** Keeps what a vendor made up for an integration, such as its webhook's secret, beside the credentials that were entered. */
export async function keepMadeCredentials(platform: Platform, { id, tenantId }: Integration, made: MadeCredentials & { place: VaultPlace }): Promise<void> {
  const { place } = made;
  const setAt = platform.clock.now().toISOString();
  await platform.db.tenantTransaction(tenantId, async (tx) => {
    // Somebody may be entering others at the same moment: the row decides who comes first.
    await tx.$queryRaw`SELECT id FROM integration WHERE id = ${id} FOR UPDATE`;
    const row = await tx.integration.findFirst({ where: { tenantId, id, deletedAt: null } });
    if (row === null || row.credentials === null) return;
    const entered = await platform.vault.openJson<Record<string, unknown>>(place, row.credentials);
    const info = Object.fromEntries(Object.entries(made.credentials).map(([field, value]) => [field, { last4: value.length < 12 ? "****" : value.slice(-4), setAt }]));
    await tx.integration.update({
      where: { id },
      data: {
        credentials: await platform.vault.sealJson(place, { ...entered, ...made.credentials }),
        credentialsInfo: { ...(row.credentialsInfo as Prisma.JsonObject), ...info },
        updatedAt: new Date(),
      },
    });
    await recordAudit(tx, tenantId, { actor: { type: "system" }, sourceIp: null, requestId: null }, {
      action: "integration.credentials_made", subjectType: "integration", subjectId: id, after: { fields: Object.keys(made.credentials) },
    });
  });
}
