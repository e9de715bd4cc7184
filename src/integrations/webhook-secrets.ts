import type { Platform } from "../context.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { isId } from "../lib/ids.ts";
import { findProvider } from "../providers/registry.ts";
import { credentialsPlace } from "./open-integration.ts";

export interface WebhookSecrets {
  integration: Integration;
  settings: unknown;
  /** Every set of credentials that is valid now. */
  credentials: unknown[];
}

/** What the inbound door needs of an integration. It knows only the URL, so that no tenant is given; null when nobody listens there. */
export async function loadWebhookSecrets(platform: Pick<Platform, "db" | "vault">, integrationId: string): Promise<WebhookSecrets | null> {
  if (!isId("int", integrationId)) return null;
  const integration = await platform.db.prisma.integration.findFirst({ where: { id: integrationId, deletedAt: null } });
  const provider = integration === null ? undefined : findProvider(integration.provider);
  if (integration === null || provider === undefined) return null;
  const credentials = integration.credentials === null ? [] : [await platform.vault.openJson(credentialsPlace(integration.tenantId, integration.id), integration.credentials)];
  return { integration, settings: provider.manifest.settings.parse(integration.settings), credentials };
}
