import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { inRole } from "../../src/db/roles.ts";
import { schemaPath } from "../../src/db/migrate/migration-files.ts";
import { localKeyRing } from "../../src/security/key-ring.ts";
import { countKeyUse, rotateKeys, type RotationOptions } from "../../src/security/rotate-keys.ts";
import { placeIn, sealedColumns } from "../../src/security/sealed-columns.ts";
import { createVault, headerLength, type Vault } from "../../src/security/vault.ts";
import { createTestDatabase } from "../support/database.ts";
import { until } from "../support/wait.ts";
import { sealVersion1 } from "../support/version-1-seal.ts";

const [k1, k2] = ["k1", "2026-12"].map((id) => `${id}:${randomBytes(32).toString("base64")}`) as [string, string];
const vaultOf = (...keys: string[]): Vault => createVault(localKeyRing(keys.join(",")));
const placeOf = (id: string) => ({ tenantId: "acme", table: "candidate", column: "personal", id });
const options: RotationOptions = { batchSize: 50, passes: 5, pause: async () => {}, onProgress: () => {} };

async function database(): Promise<{ pool: pg.Pool; url: string }> {
  const { url, drop } = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  return { pool, url };
}

async function seedCandidates(pool: pg.Pool, count: number, seal: (id: string) => Promise<Buffer>): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `cand_${String(index).padStart(6, "0")}`);
  await pool.query("INSERT INTO candidate (id, tenant_id, personal) SELECT id, 'acme', sealed FROM unnest($1::text[], $2::bytea[]) AS given (id, sealed)", [ids, await Promise.all(ids.map(seal))]);
  return ids;
}

const sealedOf = async (pool: pg.Pool, id: string): Promise<Buffer> => (await pool.query("SELECT personal FROM candidate WHERE id = $1", [id])).rows[0].personal;
const usedKeys = async (pool: pg.Pool): Promise<string[]> => [...new Set((await countKeyUse(pool)).map(({ keyId, version }) => `${keyId} v${version}`))].sort();

/** What a table's row needs beside its key and its sealed values. */
const needed: Record<string, Record<string, string>> = {
  integration: { provider: "'sumsub'", mode: "'live'", status: "'connected'", settings: "'{}'" },
  webhook_endpoint: { url: "'https://example.com'", shard: "0" },
  former_secret: { kind: "'integration'", subject_id: "'int_1'", replaced_at: "now()", valid_until: "now()" },
  candidate: {},
  document: { verification_id: "'ver_1'", candidate_id: "'cand_1'", kind: "'passport'", country: "'FR'", file_name: "'a.png'", content_type: "'image/png'", size_bytes: "1", sha256: "id" },
  inbound_body: {},
  idempotency_record: { request_hash: "'x'", expires_at: "now() + interval '1 day'" },
};

/** Rows with a value in every sealed column, one of each version; the values' texts are their places. */
async function seedEveryColumn(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // Rows of other tables that these point to are not what this is about.
    await client.query("SET session_replication_role = replica");
    for (const table of new Set(sealedColumns.map((column) => column.table))) {
      const columns = sealedColumns.filter((column) => column.table === table);
      const { tenant, id } = columns[0] as (typeof columns)[number];
      for (const version of [1, 2]) {
        const row = { tenant: "acme", id: `${table}_${version}` };
        const sealed = await Promise.all(columns.map(async (column) => {
          const place = placeIn(column, row);
          const plain = Buffer.concat([Buffer.from(JSON.stringify(place)), Buffer.alloc(column.column === "content" ? 200_000 : 0)]);
          return version === 1 ? sealVersion1(k1, place, plain) : await vaultOf(k1).seal(place, plain);
        }));
        const more = Object.entries(needed[table] as Record<string, string>);
        await client.query(
          `INSERT INTO ${table} (${[tenant, id, ...columns.map(({ column }) => column), ...more.map(([name]) => name)].join(", ")})
            SELECT tenant, id, ${[...columns.map((_, index) => `$${index + 3}::bytea`), ...more.map(([, value]) => value)].join(", ")} FROM (SELECT $1::text AS tenant, $2::text AS id) AS given`,
          [row.tenant, row.id, ...sealed],
        );
      }
    }
  } finally {
    client.release(true);
  }
}

describe("A5 rotating the key ring", () => {
  test("knows every sealed column of the schema", async () => {
    const schema = await readFile(schemaPath, "utf8");
    const found = [...schema.matchAll(/^model \w+ \{([\s\S]*?)^\}/gm)].flatMap(([, body = ""]) => {
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1];
      return [...body.matchAll(/^ +(\w+) +Bytes\b(?:.*@map\("(\w+)"\))?/gm)].map(([, name, mapped]) => `${table}.${mapped ?? name}`);
    });
    const hashes = ["api_key.secret_hash", "audit_entry.hash", "audit_entry.previous_hash", "inbound_event.body_hash"];
    expect(found.filter((one) => !hashes.includes(one)).sort()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort());
  });

  test("puts every column's values under the newest key, and the old one can go", async () => {
    const { pool, url } = await database();
    await seedEveryColumn(pool);
    expect(await usedKeys(pool)).toEqual(["k1 v1", "k1 v2"]);
    // In the role that the script has, which must reach each of the columns.
    const upkeep = new pg.Pool({ connectionString: url, max: 2, options: inRole("waystation_upkeep") });
    expect(await rotateKeys(upkeep, vaultOf(k2, k1), options).finally(() => upkeep.end())).toEqual({ rewrapped: 2 * sealedColumns.length, unreadable: [], left: 0 });
    expect(await usedKeys(pool)).toEqual(["2026-12 v2"]);
    for (const column of sealedColumns) {
      const { rows } = await pool.query(`SELECT ${column.tenant} AS tenant, ${column.id} AS id, ${column.column} AS sealed FROM ${column.table}`);
      expect(rows).toHaveLength(2);
      for (const row of rows) expect((await vaultOf(k2).open(placeIn(column, row), row.sealed)).toString()).toMatch(JSON.stringify(placeIn(column, row)));
    }
    expect(await rotateKeys(pool, vaultOf(k2), options)).toEqual({ rewrapped: 0, unreadable: [], left: 0 });
  });

  test("changes the header and leaves the sealed value as it is", async () => {
    const { pool } = await database();
    await seedCandidates(pool, 1, (id) => vaultOf(k1).seal(placeOf(id), Buffer.from(id)));
    const before = await sealedOf(pool, "cand_000000");
    await rotateKeys(pool, vaultOf(k2, k1), options);
    const after = await sealedOf(pool, "cand_000000");
    expect(after.subarray(headerLength(after))).toEqual(before.subarray(headerLength(before)));
  });

  test("overwrites nothing that is written meanwhile, be it under the old key or the new one", async () => {
    const { pool } = await database();
    const ids = await seedCandidates(pool, 600, (id) => vaultOf(k1).seal(placeOf(id), Buffer.from(`${id} 0`)));
    const newest = new Map(ids.map((id) => [id, `${id} 0`]));
    const state = { rotated: false, writes: 0 };
    // Each writer has rows of its own, so that what it wrote last is what must be there.
    const writer = async (number: number): Promise<void> => {
      for (let round = 0; !state.rotated; round += 1) {
        const id = ids[(round * 4 + number) % ids.length] as string;
        const text = `${id} ${round + 1}`;
        const sealed = await (state.writes < 400 && round % 2 === 0 ? vaultOf(k1) : vaultOf(k2, k1)).seal(placeOf(id), Buffer.from(text));
        await pool.query("UPDATE candidate SET personal = $2 WHERE id = $1", [id, sealed]);
        newest.set(id, text);
        state.writes += 1;
      }
    };
    const writers = [0, 1, 2, 3].map(writer);
    await until("writes", async () => state.writes, (writes) => writes > 20);
    const rotation = await rotateKeys(pool, vaultOf(k2, k1), { ...options, batchSize: 10, passes: 1_000, pause: () => new Promise(setImmediate) });
    state.rotated = true;
    await Promise.all(writers);
    expect(rotation.left).toBe(0);
    await rotateKeys(pool, vaultOf(k2, k1), options);
    for (const id of ids) expect((await vaultOf(k2).open(placeOf(id), await sealedOf(pool, id))).toString()).toBe(newest.get(id));
  });

  test("goes on past a value that can't be opened, and names it", async () => {
    const { pool } = await database();
    const lost = `lost:${randomBytes(32).toString("base64")}`;
    await seedCandidates(pool, 120, (id) => vaultOf(id === "cand_000007" ? lost : k1).seal(placeOf(id), Buffer.from(id)));
    const rotation = await rotateKeys(pool, vaultOf(k2, k1), options);
    expect(rotation).toEqual({ rewrapped: 119, left: 1, unreadable: [{ table: "candidate", column: "personal", id: "cand_000007", reason: 'encryption key "lost" is not in the key ring' }] });
  });
});

describe("A5 npm run keys:rotate", () => {
  function start(url: string, keys: string[], ...args: string[]) {
    const script = path.join(import.meta.dirname, "../../scripts/rotate-keys.ts");
    const child = spawn(process.execPath, ["--no-warnings", script, ...args], { env: { PATH: process.env["PATH"], DATABASE_URL: url, ENCRYPTION_KEYS: keys.join(",") }, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", (line) => void lines.push(line));
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, lines }));
    return { child, lines, ended };
  }

  test("killed half-way and run again, it ends with every value under the new key", async () => {
    const { pool, url } = await database();
    const ids = await seedCandidates(pool, 3_000, (id) => vaultOf(k1).seal(placeOf(id), Buffer.from(id)));
    // A row that somebody else holds: the first run can't come to its end before it is killed.
    const holder = await pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT 1 FROM candidate WHERE id = $1 FOR UPDATE", [ids[2_999]]);
    const first = start(url, [k2, k1]);
    await until("a line of progress", async () => first.lines, (lines) => lines.some((line) => /^\d+ re-wrapped so far, at candidate\.personal$/.test(line)));
    first.child.kill("SIGKILL");
    await first.ended;
    const sessions = async (): Promise<number> => (await pool.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'waystation-upkeep' AND datname = current_database()")).rows.length;
    await until("the end of its sessions", sessions, (count) => count === 0);
    await holder.query("ROLLBACK");
    holder.release();

    const counts = async () => Object.fromEntries((await countKeyUse(pool)).map(({ keyId, count }) => [keyId, count]));
    const half = await counts();
    expect([half["2026-12"] ?? 0, half["k1"] ?? 0].every((count) => count > 0), JSON.stringify(half)).toBe(true);
    expect(await start(url, [k2, k1], "--check").ended).toEqual({
      code: 0,
      lines: [`candidate.personal: ${half["2026-12"]} under "2026-12"`, `candidate.personal: ${half["k1"]} under "k1"`, `${half["2026-12"]} values are under the newest key "2026-12", ${half["k1"]} are to be re-wrapped.`],
    });

    const second = await start(url, [k2, k1]).ended;
    expect(second.code, second.lines.join("\n")).toBe(0);
    expect(second.lines.at(-1)).toBe(`Re-wrapped ${half["k1"]} values under "2026-12"; no value is left under an older key.`);
    expect(await counts()).toEqual({ "2026-12": 3_000 });
    for (const id of ids) expect((await vaultOf(k2).open(placeOf(id), await sealedOf(pool, id))).toString()).toBe(id);
  });

  test("without the key of a value it fails and says which value", async () => {
    const { pool, url } = await database();
    await seedCandidates(pool, 2, (id) => vaultOf(k1).seal(placeOf(id), Buffer.from(id)));
    const { code, lines } = await start(url, [k2]).ended;
    expect(code).toBe(1);
    expect(lines).toContain('candidate.personal of cand_000001: encryption key "k1" is not in the key ring');
    expect(lines.at(-1)).toBe(`Re-wrapped 0 values under "2026-12"; 2 are left under an older key: 2 can't be opened (see above).`);
  });
});
