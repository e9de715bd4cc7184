import type { Platform } from "../../context.ts";
import type { VaultPlace } from "../../security/vault.ts";
import { webhookBody } from "./sign.ts";

/** `thin` sends no data, only the event's id: the receiver reads the event over the API, with its own right to. */
export type PayloadMode = "full" | "thin";

/** The bytes that every attempt of an event sends to an endpoint of this mode. */
export function bodyFor(mode: PayloadMode, event: { id: string; type: string; createdAt: Date; dataJson: string }): string {
  const dataJson = mode === "thin" ? JSON.stringify({ eventId: event.id }) : event.dataJson;
  return webhookBody({ type: event.type, createdAt: event.createdAt, dataJson });
}

export function secretHeadersPlace(tenantId: string, id: string): VaultPlace {
  return { tenantId, table: "webhook_endpoint", column: "secret_headers", id };
}

/** An endpoint's secret headers in the clear; an endpoint without any has none. */
export async function openSecretHeaders(platform: Pick<Platform, "vault">, row: { tenantId: string; id: string; secretHeaders: Uint8Array | null }): Promise<Record<string, string>> {
  if (row.secretHeaders === null) return {};
  return await platform.vault.openJson(secretHeadersPlace(row.tenantId, row.id), row.secretHeaders);
}

/** The custom headers of an attempt. Names differ by more than their case, and a secret one wins over a plain one. */
export function customHeaders(plain: Record<string, string>, secret: Record<string, string>): Record<string, string> {
  if (Object.keys(plain).length === 0 && Object.keys(secret).length === 0) return secret;
  const merged = new Map<string, string>();
  for (const [name, value] of [...Object.entries(plain), ...Object.entries(secret)]) merged.set(name.toLowerCase(), value);
  return Object.fromEntries(merged);
}
