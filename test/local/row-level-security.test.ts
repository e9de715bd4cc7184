import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseRoles, inRole, type DatabaseRole } from "../../src/db/roles.ts";
import { sealedColumns } from "../../src/security/sealed-columns.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { grantsOf, roleFacts } from "../support/role-grants.ts";
import { insertOf, rowOf, seedTenants, tenantColumn, tenantTables, tenantValue, unprotectedTables, type Table } from "../support/tenant-rows.ts";
import { expectedGrants } from "./expected-grants.ts";

// The tables are found in the database's catalogue: one that a migration adds is tried here without being named.

let database: TestDatabase;
let owner: pg.Pool;
let tables: Table[];
const pools = new Map<DatabaseRole, pg.Pool>();

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  tables = await tenantTables(owner);
  await seedTenants(owner, tables, ["acme", "globex"]);
  await owner.query("INSERT INTO api_key (id, name, prefix, secret_hash) VALUES ('key_platform', 'p', 'wsk_platform', '\\x00')");
  await owner.query("INSERT INTO audit_entry (id, actor_type, action, subject_type, subject_id) VALUES ('aud_platform', 'system', 'a', 'b', 'c')");
  for (const role of databaseRoles) pools.set(role, new pg.Pool({ connectionString: database.url, max: 1, options: inRole(role) }));
});

afterAll(async () => {
  await Promise.all([owner?.end(), ...[...pools.values()].map((pool) => pool.end())]);
  await database?.drop();
});

type Run = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** In the app's role, for a tenant or none; everything is taken back. An error of Postgres becomes its code. */
async function asApp<T>(settings: { tenant?: string; platform?: boolean }, work: (run: Run) => Promise<T>): Promise<T> {
  const client = await (pools.get("waystation_app") as pg.Pool).connect();
  try {
    await client.query("BEGIN");
    if (settings.tenant !== undefined) await client.query("SELECT set_config('app.tenant_id', $1, true)", [settings.tenant]);
    if (settings.platform === true) await client.query("SELECT set_config('app.platform', 'on', true)");
    return await work(async (text, values = []) => (await client.query(text, values)).rows as Record<string, unknown>[]);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

const codeOf = (attempt: Promise<unknown>): Promise<unknown> => attempt.then(() => "done", (error: unknown) => (error as { code?: unknown }).code);
const refused = "42501";
const idOf = (table: Table): string => tenantColumn(table);

async function may(role: DatabaseRole, table: Table, command: string): Promise<boolean> {
  const { rows } = await owner.query<{ may: boolean }>("SELECT has_table_privilege($1, $2, $3) AS may", [role, table.name, command]);
  return rows[0]?.may === true;
}

describe("A2 the roles", () => {
  test("can't log in, own nothing, belong to nobody, and can't pass row-level security", async () => {
    const facts = await roleFacts(owner);
    expect(facts.map(({ name }) => name).sort()).toEqual([...databaseRoles].sort());
    for (const { name, ...fact } of facts) expect(fact, name).toEqual({ login: false, superuser: false, bypasses: false, creates: false, owns: 0, memberOf: 0 });
  });

  test("may do what is listed, and nobody else may do anything", async () => {
    expect(await grantsOf(owner)).toEqual(expectedGrants.toSorted());
  });

  test("that accept and relay for all tenants read no secret", async () => {
    const secrets = [...sealedColumns, { table: "api_key", column: "secret_hash" }, { table: "candidate", column: "personal" }];
    for (const role of ["waystation_ingest", "waystation_relay"]) {
      for (const { table, column } of secrets) {
        const { rows } = await owner.query("SELECT has_column_privilege($1, $2, $3, 'SELECT') AS reads", [role, table, column]);
        expect(rows, `${role} ${table}.${column}`).toEqual([{ reads: false }]);
      }
    }
  });
});

describe("A2 every table that holds a tenant's rows", () => {
  test("is under forced row-level security, with a policy for the app's role", async () => {
    expect(tables.length).toBeGreaterThan(20);
    expect(await unprotectedTables(owner)).toEqual([]);
  });

  test("would be missed if a migration forgot it", async () => {
    try {
      await owner.query("CREATE TABLE forgotten (tenant_id text)");
      expect(await unprotectedTables(owner)).toEqual(["forgotten"]);
      await owner.query("ALTER TABLE forgotten ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forgotten TO waystation_app USING (true)");
      expect(await unprotectedTables(owner)).toEqual(["forgotten"]);
      await owner.query("ALTER TABLE forgotten FORCE ROW LEVEL SECURITY");
      expect(await unprotectedTables(owner)).toEqual([]);
    } finally {
      await owner.query("DROP TABLE IF EXISTS forgotten");
    }
  });

  test("shows nothing to a transaction that names no tenant, or another one", async () => {
    for (const table of tables) {
      const count = `SELECT count(*)::int AS n FROM ${table.name}`;
      // The setting is null on a new connection, and empty on one where it was set and has been reset.
      for (const settings of [{}, { tenant: "" }, { tenant: "nobody" }]) expect(await asApp(settings, (run) => run(count)), table.name).toEqual([{ n: 0 }]);
      await asApp({ tenant: "acme" }, (run) => run("SELECT 1"));
      expect(await asApp({}, (run) => run(count)), `${table.name} after a reset`).toEqual([{ n: 0 }]);
    }
  });

  test("shows a tenant its own rows alone", async () => {
    for (const table of tables) {
      const rows = await asApp({ tenant: "acme" }, (run) => run(`SELECT ${idOf(table)} AS whose FROM ${table.name}`));
      expect(rows, table.name).toEqual([{ whose: tenantValue(table, "acme") }]);
    }
  });

  test("takes a new row from its own tenant alone", async () => {
    for (const table of tables) {
      const insert = (tenant: string) => insertOf(table, rowOf(table, tables, tenant, `${tenant}_new`));
      const attempt = (settings: { tenant?: string }, tenant: string) => codeOf(asApp(settings, (run) => run(insert(tenant).text, insert(tenant).values)));
      for (const settings of [{}, { tenant: "" }, { tenant: "acme" }]) expect(await attempt(settings, "globex"), `${table.name} ${JSON.stringify(settings)}`).toBe(refused);
      // A tenant is made by the platform, and not by itself.
      const own = table.name !== "tenant" && (await may("waystation_app", table, "INSERT"));
      expect(await attempt({ tenant: "acme" }, "acme"), table.name).toBe(own ? "done" : refused);
    }
  });

  test("can't have a row moved to another tenant, and leaves the other's rows as they are", async () => {
    for (const table of tables) {
      const column = tenantColumn(table);
      const move = (run: Run) => run(`UPDATE ${table.name} SET ${column} = $1`, [tenantValue(table, "globex")]);
      expect(await codeOf(asApp({ tenant: "acme" }, move)), table.name).toBe(refused);
      const [other] = [tenantValue(table, "globex")];
      if (await may("waystation_app", table, "UPDATE")) {
        expect(await asApp({ tenant: "acme" }, (run) => run(`UPDATE ${table.name} SET ${column} = ${column} WHERE ${column} = $1 RETURNING 1`, [other])), table.name).toEqual([]);
      }
      const removed = await codeOf(asApp({ tenant: "acme" }, async (run) => expect(await run(`DELETE FROM ${table.name} WHERE ${column} = $1 RETURNING 1`, [other])).toEqual([])));
      expect(removed, table.name).toBe((await may("waystation_app", table, "DELETE")) ? "done" : refused);
      expect(await codeOf(asApp({ tenant: "acme" }, (run) => run(`TRUNCATE ${table.name}`))), table.name).toBe(refused);
    }
  });
});

describe("A2 the platform's own rows", () => {
  test("are for transactions that say so, and those see no tenant's", async () => {
    expect(await asApp({ platform: true }, (run) => run("SELECT id FROM tenant ORDER BY id"))).toEqual([{ id: "acme" }, { id: "globex" }]);
    for (const table of tables.filter(({ name }) => name !== "tenant")) {
      const rows = await asApp({ platform: true }, (run) => run(`SELECT ${tenantColumn(table)} AS whose FROM ${table.name}`));
      expect(rows, table.name).toEqual(["api_key", "audit_entry"].includes(table.name) ? [{ whose: null }] : []);
    }
    for (const name of ["api_key", "audit_entry"]) expect(await asApp({ tenant: "acme" }, (run) => run(`SELECT 1 FROM ${name} WHERE tenant_id IS NULL`)), name).toEqual([]);
    const key = "INSERT INTO api_key (id, name, prefix, secret_hash) VALUES ('key_forged', 'f', 'wsk_forged', '\\x00')";
    expect(await codeOf(asApp({ tenant: "acme" }, (run) => run(key)))).toBe(refused);
    expect(await codeOf(asApp({ platform: true }, (run) => run(key)))).toBe("done");
  });

  test("a tenant's kept answers go with the key that asked", async () => {
    const record = "INSERT INTO idempotency_record (scope, key, request_hash, expires_at) VALUES ($1, 'k', 'h', now())";
    expect(await codeOf(asApp({ tenant: "acme" }, (run) => run(record, ["key_platform"])))).toBe(refused);
    expect(await codeOf(asApp({ platform: true }, (run) => run(record, ["key_platform"])))).toBe("done");
    expect(await codeOf(asApp({ platform: true }, (run) => run(record, ["api_key_acme"])))).toBe(refused);
  });
});

describe("A2 the roles that serve all tenants", () => {
  const attempt = (role: DatabaseRole, text: string): Promise<unknown> => codeOf((pools.get(role) as pg.Pool).query(text));

  test("see all rows where they may read, and are refused where they may not", async () => {
    for (const role of databaseRoles.filter((name) => name !== "waystation_app")) {
      for (const table of tables) {
        const { rows } = await owner.query<{ reads: boolean }>("SELECT has_any_column_privilege($1, $2, 'SELECT') AS reads", [role, table.name]);
        const count = await (pools.get(role) as pg.Pool).query(`SELECT count(*)::int AS n FROM ${table.name} WHERE ${tenantColumn(table)} = ANY($1::text[])`, [["acme", "globex"].map((tenant) => tenantValue(table, tenant))]).then(
          (result) => result.rows[0]?.n as number, (error: unknown) => (error as { code?: unknown }).code,
        );
        // A role that reads a part of a table may lack the tenant's column of it.
        const { rows: whose } = await owner.query<{ reads: boolean }>("SELECT has_column_privilege($1, $2, $3, 'SELECT') AS reads", [role, table.name, tenantColumn(table)]);
        expect(count, `${role} ${table.name}`).toBe(rows[0]?.reads === true && whose[0]?.reads === true ? 2 : refused);
      }
    }
  });

  test("can't read or change what is beyond their duty", async () => {
    for (const [role, text] of [
      ["waystation_ingest", "SELECT secret FROM webhook_endpoint"],
      ["waystation_ingest", "UPDATE webhook_event SET type = 'x'"],
      ["waystation_ingest", "DELETE FROM inbound_event"],
      ["waystation_ingest", "SELECT body FROM inbound_body"],
      ["waystation_dispatch", "UPDATE webhook_endpoint SET url = 'https://example.com'"],
      ["waystation_dispatch", "SELECT 1 FROM integration"],
      ["waystation_relay", "SELECT body FROM inbound_body"],
      ["waystation_relay", "SELECT 1 FROM integration"],
      ["waystation_gate", "UPDATE api_key SET scopes = '{*}'"],
      ["waystation_gate", "INSERT INTO tenant (id, name) VALUES ('x', 'x')"],
      ["waystation_gate", "SELECT name FROM tenant"],
      ["waystation_upkeep", "SELECT secret_hash FROM api_key"],
      ["waystation_upkeep", "UPDATE integration SET settings = '{}'"],
      ["waystation_upkeep", "SELECT payload FROM webhook_event"],
    ] as const) expect(await attempt(role, text), `${role}: ${text}`).toBe(refused);
  });

  test("nobody changes the audit log", async () => {
    for (const role of databaseRoles) {
      for (const text of ["UPDATE audit_entry SET action = 'x'", "UPDATE audit_entry SET hash = NULL", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]) expect(await attempt(role, text), `${role}: ${text}`).toBe(refused);
    }
  });
});
