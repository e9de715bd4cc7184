import { mkdtemp, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { openDatabase, type Database } from "../../src/db/client.ts";
import { applyMigrations } from "../../src/db/migrate/apply.ts";
import { checkRoles } from "../../src/db/role-check.ts";
import { databaseRoles } from "../../src/db/roles.ts";
import { verifyChain } from "../../src/db/repositories/audit-chain.ts";
import { createTenant } from "../../src/db/repositories/tenants.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { anyFreePort } from "../../src/local/ports.ts";
import { startPostgres } from "../../src/local/postgres.ts";
import { createTestDatabase } from "../support/database.ts";

const caller = { actor: { type: "system" as const }, sourceIp: null, requestId: null };

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return await client.query(sql).then((result) => result.rows as Record<string, unknown>[]).finally(() => client.end());
}

function withLogin(url: string, login: string, database?: string): string {
  const changed = new URL(url);
  changed.username = login;
  changed.password = login;
  if (database !== undefined) changed.pathname = `/${database}`;
  return changed.href;
}

/** A login that is nobody in particular; its password is its name. */
async function newLogin(url: string, rights = ""): Promise<string> {
  const login = `login_${randomBytes(6).toString("hex")}`;
  await query(url, `CREATE ROLE ${login} LOGIN PASSWORD '${login}' ${rights}`);
  return login;
}

function open(url: string): Database {
  const db = openDatabase({ url, poolSize: 2, logger: createLogger({ level: "silent", process: "test" }) });
  onTestFinished(() => db.close());
  return db;
}

test("one login owns the tables and another, that owns nothing, serves: tenants are apart and the audit log is one line", async () => {
  const admin = inject("postgresUrl");
  const [owner, server] = [await newLogin(admin), await newLogin(admin)];
  const name = `two_${randomBytes(6).toString("hex")}`;
  await query(admin, `CREATE DATABASE ${name} OWNER ${owner} TEMPLATE template0`);
  await applyMigrations({ databaseUrl: withLogin(admin, owner, name) });
  await query(admin, `GRANT ${databaseRoles.join(", ")} TO ${server} WITH INHERIT FALSE`);
  const url = withLogin(admin, server, name);
  const db = open(url);
  await db.checkRoles();
  for (const id of ["acme", "globex"]) await createTenant(db, { id, name: id }, caller);
  for (const id of ["acme", "globex"]) expect(await verifyChain(db, id)).toMatchObject({ valid: true, entries: 1 });
  // Neither login sees a row by itself: the server has no right to, and the owner is under the policies too.
  await expect(query(url, "SELECT 1 FROM tenant")).rejects.toMatchObject({ code: "42501" });
  expect(await query(withLogin(admin, owner, name), "SELECT 1 FROM tenant")).toEqual([]);
});

test("databases of a new server that are migrated at the same moment all get their roles, from a login that may make some", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "waystation-roles-"));
  const server = await startPostgres({ dir: path.join(folder, "postgres"), port: await anyFreePort(), fast: true, logFile: path.join(folder, "postgres.log") });
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const names = ["one", "two", "three"];
  const weak = await newLogin(server.adminUrl);
  const owner = await newLogin(server.adminUrl, "CREATEROLE");
  for (const name of [...names, "refused"]) await query(server.adminUrl, `CREATE DATABASE ${name} OWNER ${name === "refused" ? weak : owner}`);
  await expect(applyMigrations({ databaseUrl: withLogin(server.adminUrl, weak, "refused") })).rejects.toThrow(/the role waystation_app is missing and login_\w+ may not create roles: create the six waystation_ roles first/);
  await Promise.all(names.map((name) => applyMigrations({ databaseUrl: withLogin(server.adminUrl, owner, name) })));
  for (const name of names) {
    const url = withLogin(server.adminUrl, owner, name);
    await checkRoles(url);
    await createTenant(open(url), { id: "acme", name: "acme" }, caller);
    expect(await query(url, "SELECT 1 FROM tenant")).toEqual([]);
  }
}, 120_000);

test("a process refuses to start where its roles would not keep tenants apart, in one line that says why", async () => {
  const { url, drop } = await createTestDatabase();
  onTestFinished(drop);
  await checkRoles(url);
  const stranger = withLogin(url, await newLogin(url));
  await expect(checkRoles(stranger)).rejects.toThrow(/^the login of DATABASE_URL cannot take the role waystation_app \(permission denied to set role "waystation_app"\): run "npm run migrate", and make the login a member of it$/);
  const cases = [
    ["ALTER ROLE waystation_relay BYPASSRLS", "ALTER ROLE waystation_relay NOBYPASSRLS", "the role waystation_relay may bypass row-level security"],
    ["ALTER ROLE waystation_gate SUPERUSER", "ALTER ROLE waystation_gate NOSUPERUSER", "the role waystation_gate is a superuser"],
    ["ALTER TABLE rate_bucket OWNER TO waystation_app", "ALTER TABLE rate_bucket OWNER TO CURRENT_USER", "the role waystation_app acts for the owner of the table rate_bucket"],
  ] as const;
  for (const [harm, repair, words] of cases) {
    try {
      await query(url, harm);
      await expect(checkRoles(url)).rejects.toThrow(`${words}, so that tenants would not be kept apart: docs/operators.md says how to set it up`);
    } finally {
      await query(url, repair);
    }
    await checkRoles(url);
  }
});
