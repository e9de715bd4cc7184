import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { HostProduct } from "./host-product.ts";
import type { LocalInstallation } from "./local-installation.ts";
import { webhookSigner, type SandboxIntegration, type WebhookSigner } from "./signed-webhooks.ts";
import { webhookBodies } from "./webhook-bodies.ts";

/** What is measured where a scenario is not about limits is the door behind them. */
export const wideLimits = { WEBHOOK_RATE_LIMIT: "100000", WEBHOOK_FAILURE_LIMIT: "100000" };

/** Every provider that scenarios sign for. */
export const twelveProviders = Object.keys(webhookBodies);

export async function sandboxIntegration(host: HostProduct, tenantId: string, provider: string): Promise<SandboxIntegration> {
  const { id, webhookUrl } = await host.call("POST", `/v1/tenants/${tenantId}/integrations`, { provider, mode: "sandbox" });
  return { provider, id, tenantId, webhookUrl };
}

/** A tenant with integrations in sandbox mode, and the vendors' side of each. */
export async function signersFor(host: HostProduct, tenantId: string, providers: string[]): Promise<WebhookSigner[]> {
  await host.tenant(tenantId);
  const signers: WebhookSigner[] = [];
  for (const provider of providers) signers.push(webhookSigner(await sandboxIntegration(host, tenantId, provider)));
  return signers;
}

/** What another API process of the installation is started with. */
export function environmentOf({ databaseUrl, temporalAddress, sandboxUrl, dataDir, apiUrl }: LocalInstallation): Record<string, string> {
  const keys = readFileSync(join(dataDir, "encryption-keys"), "utf8").trim();
  return { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress, SANDBOX_URL: sandboxUrl, DATA_DIR: dataDir, ENCRYPTION_KEYS: keys, PUBLIC_URL: apiUrl };
}

/** A look into the database that outlives the database's own end. */
export function lookInto({ databaseUrl }: LocalInstallation): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 2_000 });
  pool.on("connect", (client) => void client.on("error", () => undefined));
  pool.on("error", () => undefined);
  return pool;
}
