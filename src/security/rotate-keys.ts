import type pg from "pg";
import { placeIn, sealedColumns, type SealedColumn } from "./sealed-columns.ts";
import { headerLength, maxHeaderBytes, type Vault } from "./vault.ts";

/** A column, a key's id and how many values are under it; version 1 has the key's id bound to the value. */
export interface KeyUse {
  table: string;
  column: string;
  version: number;
  keyId: string;
  count: number;
}

export interface RotationProgress {
  rewrapped: number;
  table: string;
  column: string;
}

export interface Rotation {
  rewrapped: number;
  /** Values that could not be opened, and why: nothing of what is in them. */
  unreadable: { table: string; column: string; id: string; reason: string }[];
  /** Still not under the newest key: locked all the time, or written meanwhile by a process that does not know it. */
  left: number;
}

export interface RotationOptions {
  batchSize: number;
  /** How often all columns are gone through again for what was locked or written meanwhile. */
  passes: number;
  /** Between two passes that found nothing to do although something is left. */
  pause: () => Promise<void>;
  onProgress: (progress: RotationProgress) => void;
}

interface Row {
  k1: string;
  k2: string;
  tenant: string;
  id: string;
  header: Buffer;
}

/**
 * Puts every sealed value under the ring's newest key. Safe beside running processes: rows are locked batch by batch, those
 * that somebody else holds are left for a later pass, so nobody waits in a circle and no write is overwritten. What is done
 * is seen from the values themselves: after a kill, run it again.
 */
export async function rotateKeys(pool: pg.Pool, vault: Vault, options: RotationOptions): Promise<Rotation> {
  const rotation: Rotation = { rewrapped: 0, unreadable: [], left: 0 };
  for (let pass = 0; pass < options.passes; pass += 1) {
    const before = rotation.rewrapped;
    rotation.unreadable = [];
    for (const column of sealedColumns) await rotateColumn({ pool, vault, options, rotation }, column);
    rotation.left = await countStale(pool, vault);
    if (rotation.left === rotation.unreadable.length) break;
    if (rotation.rewrapped === before) await options.pause();
  }
  return rotation;
}

interface Work {
  pool: pg.Pool;
  vault: Vault;
  options: RotationOptions;
  rotation: Rotation;
}

async function rotateColumn(work: Work, column: SealedColumn): Promise<void> {
  let after: [string, string] = ["", ""];
  for (;;) {
    const rows = await rotateBatch(work, column, after);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = [last.k1, last.k2];
    work.options.onProgress({ rewrapped: work.rotation.rewrapped, table: column.table, column: column.column });
  }
}

/** One transaction: the rows stay locked from reading to writing. */
async function rotateBatch({ pool, vault, options, rotation }: Work, column: SealedColumn, after: [string, string]): Promise<Row[]> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<Row>(selectStale(column), [vault.currentPrefix, ...after, options.batchSize, maxHeaderBytes]);
    const headers: { row: Row; header: Buffer; length: number }[] = [];
    let done = 0;
    for (const row of rows) {
      try {
        const header = await vault.rewrap(placeIn(column, row), row.header);
        if (header === null) await sealAnew({ client, vault, column, row });
        else headers.push({ row, header, length: headerLength(row.header) });
        done += 1;
      } catch (error) {
        rotation.unreadable.push({ table: column.table, column: column.column, id: row.id, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    if (headers.length > 0) {
      await client.query(replaceHeaders(column), [headers.map(({ row }) => row.k1), headers.map(({ row }) => row.k2), headers.map(({ header }) => header), headers.map(({ length }) => length)]);
    }
    await client.query("COMMIT");
    rotation.rewrapped += done;
    return rows;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** A value of version 1: the key's id is bound to it, so it is opened and sealed. */
async function sealAnew({ client, vault, column, row }: { client: pg.PoolClient; vault: Vault; column: SealedColumn; row: Row }): Promise<void> {
  const { rows } = await client.query<{ sealed: Buffer }>(`SELECT ${column.column} AS sealed FROM ${column.table} WHERE (${keyOf(column)}) = ($1, $2)`, [row.k1, row.k2]);
  const place = placeIn(column, row);
  const sealed = await vault.seal(place, await vault.open(place, (rows[0] as { sealed: Buffer }).sealed));
  await client.query(`UPDATE ${column.table} SET ${column.column} = $3 WHERE (${keyOf(column)}) = ($1, $2)`, [row.k1, row.k2, sealed]);
}

/** The primary key as two columns; with one, the second is always the same. */
function keyOf({ key }: SealedColumn): string {
  return `${key[0]}, ${key[1] ?? "''::text"}`;
}

/** Not under the newest key; only the beginning of a value is read, however large it is. $1: the newest key's prefix. */
function isStale({ column }: SealedColumn): string {
  return `${column} IS NOT NULL AND substring(${column} FOR octet_length($1::bytea)) <> $1::bytea`;
}

function selectStale(column: SealedColumn): string {
  return `SELECT ${column.key[0]} AS k1, ${column.key[1] ?? "''::text"} AS k2, ${column.tenant} AS tenant, ${column.id} AS id, substring(${column.column} FOR $5::int) AS header
    FROM ${column.table} WHERE ${isStale(column)} AND (${keyOf(column)}) > ($2, $3) ORDER BY ${column.key.join(", ")} LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED`;
}

function replaceHeaders({ table, column, key }: SealedColumn): string {
  return `UPDATE ${table} SET ${column} = given.header || substring(${table}.${column} FROM given.length + 1)
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::int[]) AS given (k1, k2, header, length)
    WHERE ${table}.${key[0]} = given.k1${key[1] === undefined ? "" : ` AND ${table}.${key[1]} = given.k2`}`;
}

async function countStale(pool: pg.Pool, vault: Vault): Promise<number> {
  const counts = sealedColumns.map((column) => `(SELECT count(*) FROM ${column.table} WHERE ${isStale(column)})`);
  const { rows } = await pool.query<{ count: string }>(`SELECT ${counts.join(" + ")} AS count`, [vault.currentPrefix]);
  return Number(rows[0]?.count);
}

/** How many values are under which key, by column. Changes nothing. */
export async function countKeyUse(pool: pg.Pool): Promise<KeyUse[]> {
  const parts = sealedColumns.map(
    ({ table, column }) => `SELECT '${table}' AS "table", '${column}' AS "column", get_byte(head, 0) AS version, encode(substring(head FROM 3 FOR get_byte(head, 1)), 'escape') AS "keyId"
      FROM (SELECT substring(${column} FOR 257) AS head FROM ${table} WHERE octet_length(${column}) > 2) AS heads`,
  );
  const { rows } = await pool.query<KeyUse>(`SELECT "table", "column", version, "keyId", count(*)::int AS count FROM (${parts.join(" UNION ALL ")}) AS all_of_them GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`);
  return rows;
}
