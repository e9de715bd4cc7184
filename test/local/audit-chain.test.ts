import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase, transactionOf, type Database } from "../../src/db/client.ts";
import { applyMigrations } from "../../src/db/migrate/apply.ts";
import { migrationsDirectory } from "../../src/db/migrate/migration-files.ts";
import { verifyChain } from "../../src/db/repositories/audit-chain.ts";
import { recordAudit } from "../../src/db/repositories/audit.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createTestDatabase } from "../support/database.ts";

const caller = { actor: { type: "system" as const }, sourceIp: null, requestId: null };

async function database(options: { empty?: boolean } = {}): Promise<{ db: Database; owner: pg.Pool; url: string }> {
  const { url, drop } = await createTestDatabase(options);
  const db = openDatabase({ url, poolSize: 6, logger: createLogger({ level: "silent", process: "test" }) });
  const owner = new pg.Pool({ connectionString: url, max: 1 });
  onTestFinished(async () => {
    await Promise.all([db.close(), owner.end()]);
    await drop();
  });
  return { db, owner, url };
}

test("A7 two processes that append 500 entries each, all at once, make one line", async () => {
  const { db, owner, url } = await database();
  const appender = path.join(import.meta.dirname, "../support/audit-appender.ts");
  const children = [1, 2].map(() => spawn(process.execPath, ["--no-warnings", appender, url, "acme", "500"], { stdio: ["ignore", "ignore", "inherit"] }));
  expect(await Promise.all(children.map((child) => once(child, "exit").then(([code]) => code as number)))).toEqual([0, 0]);
  expect(await verifyChain(db, "acme")).toMatchObject({ valid: true, entries: 1000, head: { position: 1000n } });
  expect(await verifyChain(db, null)).toMatchObject({ valid: true, entries: 40 });
  const { rows } = await owner.query("SELECT count(DISTINCT previous_hash)::int AS links, count(DISTINCT split_part(subject_id, '-', 1))::int AS processes FROM audit_entry WHERE tenant_id = 'acme'");
  expect(rows).toEqual([{ links: 1000, processes: 2 }]);
});

test("A7 changes that note themselves early and late don't wait for each other in a circle", async () => {
  const { db } = await database();
  await db.transaction((tx) => tx.tenant.create({ data: { id: "acme", name: "acme" } }));
  const note = { action: "tenant.updated", subjectType: "tenant", subjectId: "acme" };
  const noted = Promise.withResolvers<void>();
  const changed = Promise.withResolvers<void>();
  const early = db.tenantTransaction("acme", async (tx) => {
    await recordAudit(tx, "acme", caller, note);
    noted.resolve();
    await changed.promise;
    await tx.tenant.update({ where: { id: "acme" }, data: { name: "early" } });
  });
  const late = db.tenantTransaction("acme", async (tx) => {
    await noted.promise;
    await tx.tenant.update({ where: { id: "acme" }, data: { name: "late" } });
    changed.resolve();
    await recordAudit(tx, "acme", caller, note);
  });
  await Promise.all([early, late]);
  expect(await verifyChain(db, "acme")).toMatchObject({ valid: true, entries: 2 });
});

test("A7 a change that is taken back leaves no entry and no gap", async () => {
  const { db } = await database();
  const note = { action: "test.changed", subjectType: "test", subjectId: "1" };
  const change = (fails: boolean) => db.tenantTransaction("acme", async (tx) => {
    await recordAudit(tx, "acme", caller, note);
    if (fails) throw new Error("taken back");
  });
  await change(false);
  await expect(change(true)).rejects.toThrow("taken back");
  await change(false);
  expect(await verifyChain(db, "acme")).toMatchObject({ valid: true, entries: 2, head: { position: 2n } });
});

test("A7 the migration chains the entries that were there before it", async () => {
  const { db, owner, url } = await database({ empty: true });
  const directory = await mkdtemp(path.join(tmpdir(), "waystation-migrations-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await cp(migrationsDirectory, directory, { recursive: true });
  const later = (await readdir(directory)).filter((name) => /^\d{14}_/.test(name) && name >= "20261124232000");
  for (const name of later) await rm(path.join(directory, name), { recursive: true });
  await applyMigrations({ databaseUrl: url, directory });
  const columns = "(id, tenant_id, actor_type, action, subject_type, subject_id, after)";
  await owner.query(`INSERT INTO audit_entry ${columns} SELECT 'aud_' || n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 'acme' ELSE 'globex' END, 'system', 'test.old', 'test', n::text, jsonb_build_object('n', n / 7.0) FROM generate_series(10, 39) n`);
  await applyMigrations({ databaseUrl: url });
  for (const tenant of ["acme", "globex", null]) {
    expect(await verifyChain(db, tenant)).toMatchObject({ valid: true, entries: 10 });
    await transactionOf(db, tenant, (tx) => recordAudit(tx, tenant, caller, { action: "test.new", subjectType: "test", subjectId: "1" }));
    expect(await verifyChain(db, tenant)).toMatchObject({ valid: true, entries: 11, head: { position: 11n } });
  }
});
