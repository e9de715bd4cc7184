import pg from "pg";
import { startInstallation, type LocalInstallation } from "../../test/support/local-installation.ts";
import type { SandboxIntegration } from "../../test/support/signed-webhooks.ts";
import { AskedProcess } from "../shared/asked-process.ts";
import type { Closers } from "../shared/benchmark.ts";
import type { Roots } from "../shared/meter.ts";
import { everyProvider } from "./options.ts";

/** What every scenario works on: a whole installation with an integration of every provider, the sender, and the bare door. */
export interface Stand {
  installation: LocalInstallation;
  apiPort: number;
  roots: Roots;
  sender: AskedProcess;
  bareDoor: AskedProcess;
  barePort: number;
  db: pg.Pool;
  integrations: SandboxIntegration[];
}

const parts = ["api", "worker", "postgres", "temporal", "sandbox"] as const;
const tenantId = "bench";
// What is measured is the door, not its limits: these are the largest that can be set.
const noLimits = { WEBHOOK_RATE_LIMIT: "100000", WEBHOOK_FAILURE_LIMIT: "100000" };

export async function openStand(closers: Closers): Promise<Stand> {
  const [sender, bareDoor] = [new AskedProcess("inbound", "sender"), new AskedProcess("inbound", "bare-door")];
  closers.push(() => Promise.all([sender.stop(), bareDoor.stop()]));
  const starting = startInstallation({ LOG_LEVEL: "warn", ...noLimits });
  closers.push(async () => (await starting).stop());
  const installation = await starting;
  // A worker that a scenario holds still could not stop.
  closers.push(async () => process.kill(await installation.pidOf("worker"), "SIGCONT"));
  const db = new pg.Pool({ connectionString: installation.databaseUrl, max: 2 });
  // The server may go before us, also from under a connection that is in use.
  db.on("connect", (client) => void client.on("error", () => undefined));
  db.on("error", () => undefined);
  const integrations = await makeIntegrations(installation);
  return {
    installation, sender, bareDoor, db, integrations,
    apiPort: Number(new URL(installation.apiUrl).port),
    roots: Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await installation.pidOf(part)] as const))),
    barePort: await bareDoor.ask<number>("listen", { databaseUrl: installation.databaseUrl, tenantId, integrationId: "int_bare" }),
  };
}

async function makeIntegrations({ apiUrl, adminKey }: LocalInstallation): Promise<SandboxIntegration[]> {
  const post = async (path: string, body: object): Promise<{ id: string; webhookUrl: string }> => {
    const answer = await fetch(`${apiUrl}${path}`, { method: "POST", headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string; webhookUrl: string };
  };
  await post("/v1/tenants", { id: tenantId, name: tenantId });
  const made: SandboxIntegration[] = [];
  for (const provider of everyProvider) {
    const { id, webhookUrl } = await post(`/v1/tenants/${tenantId}/integrations`, { provider, mode: "sandbox" });
    made.push({ provider, id, webhookUrl, tenantId });
  }
  return made;
}
