import type { Platform } from "../context.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { AppError, notFound } from "../lib/errors.ts";
import { type ConnectableProvider, hasWebhook, isConnectable, type ProviderConnection, type ProviderDefinition } from "../providers/contract.ts";
import { findProvider } from "../providers/registry.ts";
import { keepMadeCredentials } from "./keep-made-credentials.ts";

export interface OpenIntegration {
  integration: Integration;
  provider: ConnectableProvider;
  connection: ProviderConnection;
}

export function credentialsPlace(tenantId: string, integrationId: string): { tenantId: string; table: string; column: string; id: string } {
  return { tenantId, table: "integration", column: "credentials", id: integrationId };
}

/**
 * Where a vendor posts an integration's webhooks; null when the vendor sends none. A secret that belongs into the address is
 * never shown again: its name in braces stands where it has to be put.
 */
export function integrationWebhookUrl(platform: Platform, provider: ProviderDefinition, integrationId: string): string | null {
  if (!hasWebhook(provider.webhook)) return null;
  const { secretInPath } = provider.webhook;
  return `${platform.config.publicUrl}/webhooks/${provider.manifest.slug}/${integrationId}${secretInPath === undefined ? "" : `/{${secretInPath}}`}`;
}

/**
 * Opens the vendor's API for an integration: decrypts its credentials and connects. Makes no call.
 * @throws AppError not_found, integration_not_connected, illegal_state for a provider that only sends webhooks so far.
 */
export async function openIntegration(platform: Platform, tenantId: string, integrationId: string): Promise<OpenIntegration> {
  const integration = await platform.db.tenantTransaction(tenantId, (tx) => tx.integration.findFirst({ where: { tenantId, id: integrationId, deletedAt: null } }));
  if (integration === null) throw notFound("integration");
  const provider = findProvider(integration.provider);
  if (provider === undefined) throw notFound("provider");
  if (!isConnectable(provider)) throw new AppError("illegal_state", `${provider.manifest.name} only sends webhooks so far: there is no connection to open.`);
  if (integration.credentials === null) throw new AppError("integration_not_connected", `Integration ${integration.id} has no credentials yet.`);
  const settings = provider.manifest.settings.parse(integration.settings);
  const credentials = await platform.vault.openJson(credentialsPlace(tenantId, integrationId), integration.credentials);
  const connection = provider.connect({
    settings,
    credentials,
    mode: integration.mode === "live" ? "live" : "sandbox",
    baseUrl: integration.mode === "live" ? provider.manifest.liveBaseUrl(settings) : `${platform.config.sandboxUrl}/${provider.manifest.slug}`,
    http: platform.http,
    clock: platform.clock,
  });
  return { integration, provider, connection };
}

/** Makes sure that the vendor will tell us, once per integration. Repeating it does no harm. */
export async function ensureWebhookSubscription(platform: Platform, opened: OpenIntegration): Promise<void> {
  const { integration, provider, connection } = opened;
  const url = integrationWebhookUrl(platform, provider, integration.id);
  if (integration.webhookReady || url === null || connection.webhookSubscription === undefined) return;
  const made = await connection.webhookSubscription.ensure({ url });
  if (made) await keepMadeCredentials(platform, integration, { ...made, place: credentialsPlace(integration.tenantId, integration.id) });
  await platform.db.tenantTransaction(integration.tenantId, (tx) => tx.integration.updateMany({ where: { tenantId: integration.tenantId, id: integration.id }, data: { webhookReady: true } }));
}
