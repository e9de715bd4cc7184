import type { Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import type { PlatformEventType } from "../domain/event-catalogue.ts";
import type { Integration } from "../generated/prisma/client.ts";
import type { ProviderError } from "../providers/provider-error.ts";
import { toIntegrationResource } from "./resource.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";

export interface IntegrationHealth {
  ok: boolean;
  checkedAt: string;
  lastError: string | null;
}

/**
 * Keeps an integration's status in step with what its provider last said. Only refused credentials need a person
 * (needs_attention); a provider that is away does not. Each change is told once, and failure and recovery come in pairs.
 */
export async function noteIntegrationHealth(platform: Platform, tenantId: string, integrationId: string, error: ProviderError | null): Promise<void> {
  await platform.db.tenantTransaction(tenantId, async (tx) => {
    await tx.$queryRaw`SELECT id FROM integration WHERE tenant_id = ${tenantId} AND id = ${integrationId} FOR UPDATE`;
    const row = await tx.integration.findFirst({ where: { tenantId, id: integrationId, deletedAt: null } });
    if (row === null) return;
    const status = error === null ? "connected" : error.kind === "auth" ? "needs_attention" : row.status;
    const health: IntegrationHealth = { ok: error === null, checkedAt: platform.clock.now().toISOString(), lastError: error?.message ?? null };
    const after = await tx.integration.update({ where: { id: integrationId }, data: { status, health: { ...health }, updatedAt: new Date() } });
    await tellChange(platform, tx, row, after);
  });
}

async function tellChange(platform: Platform, tx: Tx, before: Integration, after: Integration): Promise<void> {
  const { status } = after;
  if (before.status === status) return;
  const type: PlatformEventType = status === "needs_attention" ? "integration.needs_attention" : before.status === "needs_attention" ? "integration.recovered" : "integration.connected";
  await publishEvents(tx, before.tenantId, [{ type, payload: toIntegrationResource(platform, after) }]);
}
