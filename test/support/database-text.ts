import pg from "pg";
import type { Place } from "./planted.ts";

/** Every column of every table, each by its name, as a dump would have it: bytes in hex. */
export async function columnsOf(databaseUrl: string): Promise<Place[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ table: string; column: string }>(
      `SELECT c.relname AS "table", a.attname AS "column" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2`,
    );
    const places: Place[] = [];
    for (const { table, column } of columns) {
      const { rows } = await client.query<{ text: string | null }>(`SELECT string_agg("${column}"::text, E'\\n') AS text FROM "${table}"`);
      places.push({ name: `${table}.${column}`, bytes: Buffer.from(rows[0]?.text ?? "") });
    }
    return places;
  } finally {
    await client.end();
  }
}
