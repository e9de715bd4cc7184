import type { Platform } from "../context.ts";
import { newId } from "../lib/ids.ts";
import { describeApiKey } from "./api-keys.ts";

/** Makes BOOTSTRAP_API_KEY a platform key with every scope, once; several processes may try at the same time. */
export async function ensureBootstrapKey(platform: Platform): Promise<void> {
  const { bootstrapApiKey } = platform.config;
  if (bootstrapApiKey === undefined) return;
  const key = describeApiKey(bootstrapApiKey);
  if (key === undefined) throw new Error("BOOTSTRAP_API_KEY is not a Waystation key (wsk_<id>_<secret><checksum>)");
  await platform.db.transaction((tx) => tx.$executeRaw`
    INSERT INTO api_key (id, tenant_id, name, prefix, secret_hash, scopes, allowed_ips)
    VALUES (${newId("key")}, NULL, 'Bootstrap', ${key.prefix}, ${new Uint8Array(key.secretHash)}, ARRAY['*'], ARRAY[]::text[])
    ON CONFLICT (prefix) DO NOTHING`);
}
