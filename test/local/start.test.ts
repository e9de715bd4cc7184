import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDataDir, readMark, type DataDir } from "../../src/local/data-dir.ts";
import { createParts, stopOrder, type PartName, type Parts } from "../../src/local/parts.ts";
import { answers, anyFreePort } from "../../src/local/ports.ts";
import { isAlive, processesIn } from "../../src/local/processes.ts";
import { readSettings } from "../../src/local/settings.ts";
import { startLocal, type Entries, type StartOptions } from "../../src/local/start-local.ts";
import { until } from "../support/wait.ts";

// The servers are the real ones; the product's processes are stand-ins, so that this tests the start and nothing else.
const api = `require("node:http").createServer((q, r) => r.end(JSON.stringify(process.env))).listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));`;
const quiet = `setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));`;

let folder: string;
let dataDir: DataDir;
let parts: Parts;
let env: NodeJS.ProcessEnv;
const lines: string[] = [];
const say = (line: string): void => void lines.push(line);

function options(given: NodeJS.ProcessEnv, running: Parts, folderOfIt: DataDir = dataDir): StartOptions {
  const entries: Entries = { api: join(folder, "api.cjs"), worker: join(folder, "quiet.cjs"), sandbox: join(folder, "quiet.cjs") };
  return { settings: readSettings(given), dataDir: folderOfIt, parts: running, say, entries, signal: new AbortController().signal };
}

async function childEnvironment(): Promise<Record<string, string>> {
  return (await (await fetch(`http://127.0.0.1:${env["PORT"]}/`)).json()) as Record<string, string>;
}

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return await client.query(sql).then((result) => result.rows[0] as unknown, () => undefined).finally(() => client.end());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waystation-start-"));
  await writeFile(join(folder, "api.cjs"), api);
  await writeFile(join(folder, "quiet.cjs"), quiet);
  dataDir = openDataDir(join(folder, "data"));
  const ports = await Promise.all([1, 2, 3, 4].map(() => anyFreePort()));
  const [port, postgres, temporal, ui] = ports.map(String);
  env = { PORT: port, LOCAL_POSTGRES_PORT: postgres, LOCAL_TEMPORAL_PORT: temporal, LOCAL_TEMPORAL_UI_PORT: ui };
  parts = createParts(dataDir, say);
  await startLocal(options(env, parts));
});

afterAll(async () => {
  await parts.kill();
  await rm(folder, { recursive: true, force: true });
});

test("the processes are given the whole configuration", async () => {
  const given = await childEnvironment();
  expect(given).toMatchObject({
    PUBLIC_URL: `http://127.0.0.1:${env["PORT"]}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${env["LOCAL_TEMPORAL_PORT"]}`,
    TEMPORAL_UI_URL: `http://127.0.0.1:${env["LOCAL_TEMPORAL_UI_PORT"]}`,
    ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.0/8",
    DATA_DIR: dataDir.path,
    BOOTSTRAP_API_KEY: expect.stringMatching(/^wsk_/),
    ENCRYPTION_KEYS: expect.stringMatching(/^local-1:/),
    SANDBOX_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:3\d{3}$/),
  });
  expect(await query(given["DATABASE_URL"] ?? "", "SELECT count(*)::int AS tables FROM pg_tables WHERE tablename = 'tenant'")).toEqual({ tables: 1 });
  expect(lines.join("\n")).toContain("ALLOW_PRIVATE_WEBHOOK_TARGETS=127.0.0.0/8");
});

test("whatever is killed comes back where it was", async () => {
  const url = (await childEnvironment())["DATABASE_URL"] ?? "";
  const before = new Map<PartName, number | undefined>(stopOrder.map((name) => [name, parts.get(name)?.pid]));
  for (const pid of before.values()) process.kill(pid ?? 0, "SIGKILL");
  for (const name of stopOrder) {
    await until(`another ${name}`, async () => parts.get(name)?.pid, (pid) => pid !== undefined && pid !== before.get(name));
  }
  await until("Temporal on its port", () => answers("127.0.0.1", Number(env["LOCAL_TEMPORAL_PORT"]), 500), Boolean);
  await until("the API on its port", () => answers("127.0.0.1", Number(env["PORT"]), 500), Boolean);
  await until("Postgres on its port", () => query(url, "SELECT 1 AS one").catch(() => undefined), (row) => row !== undefined);
  for (const name of stopOrder) expect(lines.filter((line) => line.startsWith(`${name} stopped unexpectedly (signal SIGKILL`))).toHaveLength(1);
});

test("a taken port is said at once and nothing is started", async () => {
  const other = openDataDir(join(folder, "other"));
  const none = createParts(other, say);
  await expect(startLocal(options(env, none, other))).rejects.toThrow(`Port ${env["PORT"]} on 127.0.0.1 is in use`);
  expect(stopOrder.map((name) => none.get(name))).toEqual(stopOrder.map(() => undefined));
});

test("an unreachable database or Temporal is said at once", async () => {
  const elsewhere = { PORT: String(await anyFreePort()), ENCRYPTION_KEYS: `k:${Buffer.alloc(32).toString("base64")}`, DATABASE_URL: "postgresql://u:hidden@127.0.0.1:1/d" };
  const other = openDataDir(join(folder, "other"));
  const none = createParts(other, say);
  const attempt = startLocal(options(elsewhere, none, other));
  await expect(attempt).rejects.toThrow("DATABASE_URL: the database d at 127.0.0.1:1 cannot be used (nothing listens there).");
  const temporal = startLocal(options({ PORT: elsewhere.PORT, TEMPORAL_ADDRESS: "127.0.0.1:1" }, none, other));
  await expect(temporal).rejects.toThrow("TEMPORAL_ADDRESS: nothing answers at 127.0.0.1:1.");
});

test("stopping leaves no process and no mark behind", async () => {
  const pids = stopOrder.map((name) => parts.get(name)?.pid ?? 0);
  expect(pids).not.toContain(0);
  await parts.stop(20_000);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(processesIn(dataDir.postgres)).toEqual([]);
  expect(stopOrder.map((name) => readMark(dataDir, name))).toEqual(stopOrder.map(() => undefined));
});
