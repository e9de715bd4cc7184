import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inRole } from "../../src/db/roles.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

// A policy that can't be seen through by the planner makes it read a whole table, or sort a whole tenant, for one page.

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  const rows = "generate_series(1, 20000) n";
  const [tenant, id] = ["'t' || n % 4", "lpad(n::text, 8, '0')"];
  await owner.query(`
    SET session_replication_role = replica;
    INSERT INTO webhook_event (id, tenant_id, type, payload, created_at) SELECT ${id}, ${tenant}, 'a.b', '{}', now() - n * interval '1 second' FROM ${rows};
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard) SELECT ${id}, ${tenant}, ${id}, 'ep', 0 FROM ${rows};
    INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status) SELECT ${id}, ${tenant}, 'int', 'x', ${id}, 'processed' FROM ${rows};
    INSERT INTO audit_entry (id, tenant_id, actor_type, action, subject_type, subject_id, position) SELECT ${id}, ${tenant}, 'system', 'a', 'b', 'c', n FROM ${rows};
    INSERT INTO api_key (id, tenant_id, name, prefix, secret_hash) SELECT ${id}, ${tenant}, 'x', ${id}, '\\x00' FROM ${rows};
    INSERT INTO idempotency_record (scope, key, request_hash, expires_at) SELECT ${id}, 'k', 'h', now() FROM ${rows};
    ANALYZE;`);
  await owner.end();
});

afterAll(() => database?.drop());

const byId = (table: string): string => `SELECT * FROM ${table} WHERE tenant_id = 't1' AND id < '00015000' ORDER BY id DESC LIMIT 51`;

test.each([
  ["deliveries", byId("webhook_delivery")],
  ["inbound events", byId("inbound_event")],
  ["audit entries", byId("audit_entry")],
  ["API keys", byId("api_key")],
  ["events", "SELECT id FROM webhook_event WHERE tenant_id = 't1' AND created_at <= now() - interval '1 hour' ORDER BY created_at DESC, id DESC LIMIT 51"],
  ["a kept answer", "SELECT 1 FROM idempotency_record WHERE scope = '00000101' AND key = 'k'"],
])("a page of %s is read from an index, in its order", async (_, sql) => {
  const client = new pg.Client({ connectionString: database.url, options: inRole("waystation_app") });
  await client.connect();
  try {
    await client.query("BEGIN; SET LOCAL app.tenant_id = 't1'");
    const { rows } = await client.query<Record<string, string>>(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${sql}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toMatch(/Index (Only )?Scan/);
    expect(plan).not.toMatch(/Seq Scan|Bitmap|Sort/);
    // What other tenants have between this one's rows is all that may be read in vain.
    for (const [, removed] of plan.matchAll(/Rows Removed by Filter: (\d+)/g)) expect(Number(removed), plan).toBeLessThan(500);
  } finally {
    await client.end();
  }
});
