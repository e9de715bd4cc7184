import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  type ColumnType,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

const charOid = 18;
const textOid = 25;

/**
 * Takes a connection string apart. The parts are needed because pg lets a connection string win over `database`:
 * the shadow database would silently be the main one.
 */
export function connectionParts(databaseUrl: string): pg.ClientConfig {
  const { host, port, user, password, database, ssl } = new pg.Client({ connectionString: databaseUrl });
  return { host, port, user, password, database, ssl, connectionTimeoutMillis: 10_000 };
}

/**
 * The catalogue's one-byte type "char" is unknown to the adapter and stops introspection. Its columns are handed over as
 * text and remembered by their rows, so that the adapter's answer can name them as characters again.
 */
function openPool(parts: pg.ClientConfig): { pool: pg.Pool; charColumns: WeakMap<object, number[]> } {
  const pool = new pg.Pool({ ...parts, max: 4 });
  const charColumns = new WeakMap<object, number[]>();
  const query = pool.query.bind(pool) as (config: unknown) => Promise<pg.QueryArrayResult | pg.QueryArrayResult[]>;
  const patched = async (config: unknown): Promise<unknown> => {
    const result = await query(config);
    if (Array.isArray(result)) return result;
    const columns = result.fields.flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []));
    for (const index of columns) Object.assign(result.fields[index] ?? {}, { dataTypeID: textOid });
    if (columns.length > 0) charColumns.set(result.rows, columns);
    return result;
  };
  pool.query = patched as typeof pool.query;
  return { pool, charColumns };
}

async function connect(parts: pg.ClientConfig, afterClose?: () => Promise<void>): Promise<SqlDriverAdapter> {
  const { pool, charColumns } = openPool(parts);
  const adapter: SqlDriverAdapter = await new PrismaPg(pool).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const columnTypes: ColumnType[] = [...result.columnTypes];
    for (const index of charColumns.get(result.rows) ?? []) columnTypes[index] = ColumnTypeEnum.Character;
    return { ...result, columnTypes };
  };
  // The adapter cuts scripts at every semicolon, functions included, and runs the pieces one by one. Sent whole, a
  // script is one implicit transaction: a migration that fails half-way leaves nothing behind.
  adapter.executeScript = async (script) => {
    if (script.trim() !== "") await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
  };
  adapter.dispose = async () => {
    await pool.end();
    await afterClose?.();
  };
  return adapter;
}

/** The migration engine's way to Postgres. Its shadow databases exist only while migrations are compared. */
export function migrationAdapterFactory(databaseUrl: string): SqlMigrationAwareDriverAdapterFactory {
  const parts = connectionParts(databaseUrl);
  const runOnMain = async (statement: string): Promise<void> => {
    const client = new pg.Client(parts);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => connect(parts),
    connectToShadowDb: async () => {
      const database = `waystation_shadow_${randomUUID().replaceAll("-", "")}`;
      await runOnMain(`CREATE DATABASE "${database}" TEMPLATE template0`);
      return await connect({ ...parts, database }, () => runOnMain(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`));
    },
  };
}
