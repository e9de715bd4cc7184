import type { Platform } from "../context.ts";
import type { FormerResource } from "../rotation/former-secrets.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { findProvider } from "../providers/registry.ts";
import { allowedIpsOf } from "./door-settings.ts";
import { integrationWebhookUrl } from "./open-integration.ts";
import type { IntegrationHealth } from "./health.ts";

/** An integration as the API gives it: of each credential only its last four characters and when it was set. */
export interface IntegrationResource {
  id: string;
  provider: string;
  mode: "sandbox" | "live";
  status: "connected" | "needs_attention" | "disconnected";
  settings: Record<string, unknown>;
  credentials: Record<string, { last4: string; setAt: string }>;
  webhookUrl: string | null;
  allowedIps: string[] | null;
  webhookRateLimit: number | null;
  health: IntegrationHealth | null;
  createdAt: string;
  updatedAt: string;
}

/** `rotation`: former credentials that still verify webhooks, newest first. */
export type IntegrationDetail = IntegrationResource & { rotation: FormerResource[] };

export function toIntegrationResource(platform: Platform, row: Integration): IntegrationResource {
  const provider = findProvider(row.provider);
  const health = row.health as Partial<IntegrationHealth>;
  return {
    id: row.id,
    provider: row.provider,
    mode: row.mode as IntegrationResource["mode"],
    status: row.status as IntegrationResource["status"],
    settings: row.settings as Record<string, unknown>,
    credentials: row.credentialsInfo as IntegrationResource["credentials"],
    webhookUrl: provider === undefined ? null : integrationWebhookUrl(platform, provider, row.id),
    allowedIps: allowedIpsOf(row),
    webhookRateLimit: row.webhookRateLimit,
    health: health.checkedAt === undefined ? null : (health as IntegrationHealth),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
