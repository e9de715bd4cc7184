import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { runProgram } from "../../src/local/run-program.ts";
import { localKeyRing } from "../../src/security/key-ring.ts";
import { countKeyUse } from "../../src/security/rotate-keys.ts";
import { createVault, headerLength } from "../../src/security/vault.ts";
import { createTestDatabase } from "../support/database.ts";

const project = join(import.meta.dirname, "../..");
const place = { tenantId: "acme", table: "candidate", column: "personal", id: "cand_1" };
const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const ivLength = 12;

describe("A5 the vault at scale", () => {
  test("A5 of 1,000,000 encryptions none repeats an initialisation vector, and each has a data key of its own", async () => {
    const count = 1_000_000;
    const vault = createVault(localKeyRing(newKey("k1")));
    const ofValues = new Set<string>();
    const ofKeys = new Set<string>();
    const plain = Buffer.from("x");
    for (let n = 0; n < count; n += 1) {
      const sealed = await vault.seal(place, plain);
      const header = headerLength(sealed);
      ofValues.add(sealed.toString("latin1", header, header + ivLength));
      // The wrapped key follows its length and begins with the vector that it was wrapped with.
      ofKeys.add(sealed.toString("latin1", vault.currentPrefix.length + 2, vault.currentPrefix.length + 2 + ivLength));
    }
    expect([ofValues.size, ofKeys.size]).toEqual([count, count]);
  }, 240_000);

  test("A5 10,000 values are under a new key within 30 seconds, and the old key can go", async () => {
    const { url, drop } = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    onTestFinished(async () => {
      await pool.end();
      await drop();
    });
    const [old, next] = [newKey("old"), newKey("next")];
    const ids = Array.from({ length: 10_000 }, (_, index) => `cand_${String(index).padStart(6, "0")}`);
    const vault = createVault(localKeyRing(old));
    const sealed = await Promise.all(ids.map((id) => vault.seal({ ...place, id }, Buffer.from(id))));
    await pool.query("INSERT INTO candidate (id, tenant_id, personal) SELECT id, 'acme', sealed FROM unnest($1::text[], $2::bytea[]) AS given (id, sealed)", [ids, sealed]);
    const startedAt = performance.now();
    const { code, stdout, stderr } = await runProgram(process.execPath, ["--no-warnings", join(project, "scripts/rotate-keys.ts")], {
      timeoutMs: 60_000, env: { PATH: process.env["PATH"], DATABASE_URL: url, ENCRYPTION_KEYS: `${next},${old}` },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`A5: 10,000 values re-wrapped in ${seconds.toFixed(1)} s`);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(seconds).toBeLessThan(30);
    expect(await countKeyUse(pool)).toEqual([expect.objectContaining({ keyId: "next", count: 10_000 })]);
    const only = createVault(localKeyRing(next));
    const { rows } = await pool.query<{ id: string; personal: Buffer }>("SELECT id, personal FROM candidate");
    for (const row of rows) expect((await only.open({ ...place, id: row.id }, row.personal)).toString()).toBe(row.id);
  }, 120_000);

  test.each(["api/main.ts", "worker/main.ts"])("A5 %s does not start without a key, nor with one of the wrong length", async (program) => {
    for (const keys of [undefined, "", "k1", "k1:", `k1:${randomBytes(16).toString("base64")}`]) {
      const child = spawn(process.execPath, ["--no-warnings", join(project, program)], {
        env: { PATH: process.env["PATH"], NODE_ENV: "production", DATABASE_URL: "postgresql://127.0.0.1:1/none", TEMPORAL_ADDRESS: "127.0.0.1:1", ...(keys === undefined ? {} : { ENCRYPTION_KEYS: keys }) }, stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const [code] = await once(child, "close");
      expect([code, said], String(keys)).toEqual([1, expect.stringContaining("ENCRYPTION_KEYS")]);
      expect(said.trim().split("\n"), said).toHaveLength(1);
    }
  });
});
