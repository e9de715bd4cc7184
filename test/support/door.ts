import { Writable } from "node:stream";
import pg from "pg";
import { pino } from "pino";
import { buildApp } from "../../api/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import type { Platform } from "../../src/context.ts";
import { credentialsPlace } from "../../src/integrations/open-integration.ts";
import { newId } from "../../src/lib/ids.ts";
import { anyFreePort } from "../../src/local/ports.ts";
import { createPlatform } from "../../src/platform.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { testEncryptionKeys } from "./platform.ts";

/** The API alone, over real HTTP with a real database: what the inbound door needs and nothing more. */
export interface Door {
  url: string;
  port: number;
  platform: Platform;
  /** The database as its owner sees it. */
  owner: pg.Pool;
  /** The door's clock stands still, at this time. */
  now: Date;
  /** Everything that was logged, without any redaction. */
  log(): string;
  connect(integration: { provider: string; credentials: unknown; settings?: unknown; mode?: "sandbox" | "live"; tenant?: string }): Promise<string>;
  replaceCredentials(integrationId: string, credentials: unknown): Promise<void>;
  /** Another API process on the same database. */
  another(): Promise<Door>;
  stop(): Promise<void>;
}

export const doorTenants = ["acme", "globex"];

export async function openDoor(): Promise<Door> {
  const database = await createTestDatabase();
  const door = await start(database);
  for (const tenant of doorTenants) await door.owner.query("INSERT INTO tenant (id, name) VALUES ($1, $1)", [tenant]);
  const { stop } = door;
  door.stop = async () => { await stop(); await database.drop(); };
  return door;
}

async function start(database: TestDatabase): Promise<Door> {
  const port = await anyFreePort();
  const config = loadConfig({ NODE_ENV: "test", PORT: String(port), DATABASE_URL: database.url, ENCRYPTION_KEYS: testEncryptionKeys, DATA_DIR: "/nonexistent", LOG_LEVEL: "silent", WEBHOOK_FAILURE_LIMIT: "100000" });
  const lines: string[] = [];
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk.toString("utf8")); done(); } });
  const created = createPlatform(config, { process: "test" });
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  const time = { now: new Date() };
  const platform: Platform = { ...created, clock: { now: () => time.now }, logger: pino({ level: "trace" }, sink) };
  const app = await buildApp(platform);
  await app.listen({ host: "127.0.0.1", port });
  const seal = async (id: string, tenantId: string, credentials: unknown) => new Uint8Array(await platform.vault.sealJson(credentialsPlace(tenantId, id), credentials));
  return {
    url: config.publicUrl,
    port,
    platform,
    owner,
    get now() { return time.now; },
    set now(at) { time.now = at; },
    log: () => lines.join(""),
    connect: async ({ provider, credentials, settings = {}, mode = "sandbox", tenant = "acme" }) => {
      const id = newId("int");
      const data = { id, tenantId: tenant, provider, mode, status: "connected", settings: settings as object, credentials: credentials === null ? null : await seal(id, tenant, credentials) };
      await platform.db.tenantTransaction(tenant, (tx) => tx.integration.create({ data }));
      return id;
    },
    replaceCredentials: async (id, credentials) => {
      await platform.db.tenantTransaction("acme", async (tx) => tx.integration.update({ where: { id }, data: { credentials: await seal(id, "acme", credentials) } }));
    },
    another: () => start(database),
    stop: async () => {
      await app.close();
      await Promise.all([created.close(), owner.end()]);
    },
  };
}
