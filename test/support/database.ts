import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

export const TEMPLATE_DATABASE = "waystation_template";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A migrated database of its own for one test, or an empty one. Needs no cleaning up: the server ends with the run. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const admin = inject("postgresUrl");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await query(admin, `CREATE DATABASE "${name}" TEMPLATE ${options.empty === true ? "template0" : TEMPLATE_DATABASE}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => query(admin, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
}

async function query(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
