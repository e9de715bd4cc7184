import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { applyMigrations } from "../../src/db/migrate/apply.ts";
import { migrationDrift } from "../../src/db/migrate/drift.ts";
import { migrationsDirectory, schemaPath } from "../../src/db/migrate/migration-files.ts";
import { createTestDatabase } from "../support/database.ts";

async function database(options: { empty?: boolean } = {}): Promise<string> {
  const { url, drop } = await createTestDatabase(options);
  onTestFinished(drop);
  return url;
}

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query<Record<string, unknown>>(sql).then((result) => result.rows).finally(() => client.end());
}

/** The committed migrations with one more behind them. */
async function migrationsAnd(sql: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "waystation-migrations-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await cp(migrationsDirectory, directory, { recursive: true });
  const last = path.join(directory, "99991231235959_last");
  await cp(path.join(migrationsDirectory, "20261124000000_init"), last, { recursive: true });
  await writeFile(path.join(last, "migration.sql"), sql);
  return directory;
}

test("the migrations give what schema.prisma says", async () => {
  const url = await database();
  expect(await migrationDrift({ databaseUrl: url })).toBe("");
  expect(await rows(url, "SELECT datname FROM pg_database WHERE datname LIKE 'waystation_shadow%'")).toEqual([]);
});

test("a column that a migration drops is reported", async () => {
  const directory = await migrationsAnd('ALTER TABLE "tenant" DROP COLUMN "name";');
  expect(await migrationDrift({ databaseUrl: await database(), directory })).toMatch(/ALTER TABLE "tenant" ADD COLUMN\s+"name" TEXT NOT NULL/);
});

test("a schema that asks for more than the migrations give is reported", async () => {
  const schema = `${await readFile(schemaPath, "utf8")}\nmodel Extra {\n  id String @id\n}\n`;
  expect(await migrationDrift({ databaseUrl: await database(), schema })).toContain('CREATE TABLE "Extra"');
});

test("of two processes that migrate at once, one does the work and a later one finds none", async () => {
  const url = await database({ empty: true });
  const both = await Promise.all([applyMigrations({ databaseUrl: url }), applyMigrations({ databaseUrl: url })]);
  expect(both.map((names) => names.length).sort((a, b) => a - b)).toEqual([0, both.flat().length]);
  expect(both.flat()[0]).toBe("20261124000000_init");
  expect(await applyMigrations({ databaseUrl: url })).toEqual([]);
  const history = await rows(url, "SELECT migration_name, finished_at, logs FROM _prisma_migrations ORDER BY migration_name");
  expect(history.map((row) => row["migration_name"])).toEqual(both.flat());
  for (const row of history) expect(row).toMatchObject({ finished_at: expect.any(Date), logs: null });
});

test("a migration that fails half-way leaves nothing of itself and names its cause", async () => {
  const url = await database();
  const directory = await migrationsAnd("CREATE TABLE half (id TEXT); SELECT 1/0;");
  await expect(applyMigrations({ databaseUrl: url, directory })).rejects.toThrow(/99991231235959_last[\s\S]*division by zero/);
  expect(await rows(url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
});

test("a migration edited after it was applied is refused", async () => {
  const url = await database();
  await rows(url, "UPDATE _prisma_migrations SET checksum = repeat('0', 64)");
  await expect(applyMigrations({ databaseUrl: url })).rejects.toThrow(/edited/);
});

test("the work queues have their partial indexes, and the audit chains theirs", async () => {
  const found = await rows(await database(), "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %' ORDER BY 1");
  const expected = ["audit_entry_tenant_id_position_key", "inbound_event_due_idx", "inbound_event_owner_idx", "outbox_command_due_idx", "webhook_delivery_due_idx", "webhook_delivery_parked_idx"];
  expect(found.map((row) => row["indexname"])).toEqual(expected);
});

test("an endpoint's secret that was being rotated out gets its row and its run, one whose overlap ended is cleared", async () => {
  const url = await database({ empty: true });
  const before = await mkdtemp(path.join(tmpdir(), "waystation-migrations-"));
  onTestFinished(() => rm(before, { recursive: true, force: true }));
  const older = (await readdir(migrationsDirectory)).filter((name) => name < "20261125010000_rotation");
  for (const name of older) await cp(path.join(migrationsDirectory, name), path.join(before, name), { recursive: true });
  await applyMigrations({ databaseUrl: url, directory: before });
  await rows(url, `INSERT INTO tenant (id, name) VALUES ('acme', 'Acme'); INSERT INTO webhook_endpoint (id, tenant_id, url, secret, shard, previous_secret, previous_secret_until)
    VALUES ('ep_1', 'acme', 'https://example.com', 'new', 0, 'old', now() + interval '1 hour'), ('ep_2', 'acme', 'https://example.com', 'new', 0, 'old', now() - interval '1 hour'), ('ep_3', 'acme', 'https://example.com', 'new', 0, NULL, NULL)`);
  await applyMigrations({ databaseUrl: url });
  expect(await rows(url, "SELECT id, previous_secret IS NOT NULL AS kept FROM webhook_endpoint ORDER BY id")).toEqual([{ id: "ep_1", kept: true }, { id: "ep_2", kept: false }, { id: "ep_3", kept: false }]);
  expect(await rows(url, "SELECT id, kind, subject_id, secret, valid_until > now() AS valid FROM former_secret")).toEqual([{ id: "sec_1", kind: "webhook_endpoint", subject_id: "ep_1", secret: null, valid: true }]);
  const commands = await rows(url, "SELECT workflow_id, payload FROM outbox_command");
  expect(commands).toEqual([{ workflow_id: "retirement/sec_1", payload: expect.objectContaining({ kind: "start", workflowName: "retireSecret", args: [{ tenantId: "acme", secretId: "sec_1" }] }) }]);
});

test("there is one protobufjs 8", async () => {
  const lock = JSON.parse(await readFile(path.join(path.dirname(schemaPath), "../package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string }>;
  };
  const copies = Object.entries(lock.packages).filter(([where, { version }]) => /(^|\/)node_modules\/protobufjs$/.test(where) && version?.startsWith("8."));
  // A second copy would not know the message classes of the first.
  expect(copies.map(([where]) => where)).toEqual(["node_modules/protobufjs"]);
});
