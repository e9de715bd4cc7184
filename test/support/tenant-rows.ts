import pg from "pg";

export interface Table {
  name: string;
  columns: { name: string; type: string; needed: boolean }[];
}

/** No tenant's: the record of the migrations, and buckets, whose keys are all that names one. */
const ofNoTenant = ["_prisma_migrations", "rate_bucket"];

/** Every other table, as the database itself knows them. */
export async function tenantTables(owner: pg.Pool): Promise<Table[]> {
  const { rows } = await owner.query<{ table: string; name: string; type: string; needed: boolean }>(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AND NOT a.atthasdef AS needed
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> ALL($1::text[])
     ORDER BY c.relname, a.attnum`,
    [ofNoTenant],
  );
  return [...Map.groupBy(rows, (row) => row.table)].map(([name, columns]) => ({ name, columns }));
}

/** Tables that are not under forced row-level security, or have no policy for the role in which the API works. */
export async function unprotectedTables(owner: pg.Pool): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname <> ALL($1::text[])
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.roles = '{waystation_app}'))
     ORDER BY 1`,
    [ofNoTenant],
  );
  return rows.map((row) => row.name);
}

/** Which of a table's columns says whose its row is. */
export function tenantColumn({ name }: Table): string {
  return name === "tenant" ? "id" : name === "idempotency_record" ? "scope" : "tenant_id";
}

/** What stands there for a tenant: an idempotency record belongs to the tenant's API key. */
export function tenantValue({ name }: Table, tenant: string): string {
  return name === "idempotency_record" ? rowId("api_key", tenant) : tenant;
}

const rowId = (table: string, tenant: string): string => `${table}_${tenant}`;

let numbers = 0;

const values: Record<string, (unique: string) => unknown> = {
  text: (unique) => unique,
  bytea: (unique) => Buffer.from(unique),
  jsonb: () => "{}",
  json: () => "{}",
  integer: () => (numbers += 1),
  boolean: () => true,
  "timestamp with time zone": () => new Date(),
  "text[]": () => [],
  "integer[]": () => [],
};

/** A row as short as the table takes it; what points to another table points to the tenant's row there. */
export function rowOf(table: Table, tables: Table[], tenant: string, unique: string = tenant): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, type, needed } of table.columns) {
    if (!needed && name !== "tenant_id") continue;
    const target = tables.find((other) => `${other.name}_id` === name);
    if (name === tenantColumn(table)) row[name] = tenantValue(table, tenant);
    else if (target !== undefined) row[name] = rowId(target.name, tenant);
    else if (name === "id") row[name] = rowId(table.name, unique);
    else row[name] = (values[type] as (typeof values)[string])(`${name}_${unique}`);
  }
  return row;
}

export function insertOf(table: Table, row: Record<string, unknown>): { text: string; values: unknown[] } {
  const names = Object.keys(row);
  return { text: `INSERT INTO ${table.name} (${names.join(", ")}) VALUES (${names.map((_, index) => `$${index + 1}`).join(", ")})`, values: Object.values(row) };
}

/** One row of each tenant in every table. Rows that these point to are there, whatever the order. */
export async function seedTenants(owner: pg.Pool, tables: Table[], tenants: string[]): Promise<void> {
  const client = await owner.connect();
  try {
    await client.query("BEGIN; SET LOCAL session_replication_role = replica");
    for (const tenant of tenants) for (const table of tables) await client.query(insertOf(table, rowOf(table, tables, tenant)));
    await client.query("COMMIT");
  } finally {
    client.release(true);
  }
}
