import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../context.ts";
import { ProviderError } from "../providers/provider-error.ts";
import { noteIntegrationHealth } from "./health.ts";
import { ensureWebhookSubscription, openIntegration } from "./open-integration.ts";

const limitMs = 5_000;

/**
 * Asks the provider whether the credentials work and makes sure that it will tell us; at most five seconds. What came of
 * it is the integration's health: a provider that cannot be reached is no error of the caller's.
 */
export async function checkConnection(platform: Platform, tenantId: string, integrationId: string): Promise<{ ok: boolean; error: string | null }> {
  const opened = await openIntegration(platform, tenantId, integrationId);
  const slow = new ProviderError(opened.integration.provider, "unavailable", `${opened.provider.manifest.name} did not answer within ${limitMs / 1000} seconds`);
  const error = await Promise.race([
    (async () => {
      await opened.connection.testConnection();
      await ensureWebhookSubscription(platform, opened);
      return null;
    })().catch(asProviderError),
    sleep(limitMs, slow, { ref: false }),
  ]);
  await noteIntegrationHealth(platform, tenantId, integrationId, error);
  return { ok: error === null, error: error?.message ?? null };
}

function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  throw error;
}
