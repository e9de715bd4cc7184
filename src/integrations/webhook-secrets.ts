import type { Platform } from "../context.ts";
import { modelRow } from "../db/model-row.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { isId } from "../lib/ids.ts";
import { findProvider } from "../providers/registry.ts";
import { formerPlace, listFormer } from "../rotation/former-secrets.ts";
import { credentialsPlace } from "./open-integration.ts";
import type { SecretSet } from "./verify-with-each.ts";

export interface WebhookSecrets {
  integration: Integration;
  settings: unknown;
  /** Every set of credentials that is valid now: the current one, then the former ones, newest first. */
  sets: SecretSet[];
}

type WebhookLookup = Pick<Platform, "db" | "vault" | "clock">;

/** What the inbound door needs of an integration. It knows only the URL, so that no tenant is given; null when nobody listens there. */
export async function loadWebhookSecrets(platform: WebhookLookup, integrationId: string): Promise<WebhookSecrets | null> {
  if (!isId("int", integrationId)) return null;
  const { rows } = await platform.db.hot.gate.query<Record<string, unknown>>({ name: "door_integration", text: "SELECT * FROM integration WHERE id = $1 AND deleted_at IS NULL", values: [integrationId] });
  const integration = rows[0] === undefined ? null : modelRow<Integration>(rows[0]);
  const provider = integration === null ? undefined : findProvider(integration.provider);
  if (integration === null || provider === undefined) return null;
  const settings = provider.manifest.settings.parse(integration.settings);
  if (integration.credentials === null) return { integration, settings, sets: [] };
  const credentials = await platform.vault.openJson(credentialsPlace(integration.tenantId, integration.id), integration.credentials);
  return { integration, settings, sets: [{ credentials, formerId: null, validUntil: null }, ...(await loadFormer(platform, integration))] };
}

/** The integration's own row says whether there are any. */
async function loadFormer(platform: WebhookLookup, { tenantId, id, formerUntil }: Integration): Promise<SecretSet[]> {
  const now = platform.clock.now();
  if (formerUntil === null || formerUntil <= now) return [];
  const rows = await platform.db.tenantTransaction(tenantId, (tx) => listFormer(tx, { tenantId, kind: "integration", subjectId: id }, now));
  const sets = rows.map(async (row): Promise<SecretSet[]> =>
    row.secret === null ? [] : [{ credentials: await platform.vault.openJson(formerPlace(tenantId, row.id), row.secret), formerId: row.id, validUntil: row.validUntil }],
  );
  return (await Promise.all(sets)).flat();
}
