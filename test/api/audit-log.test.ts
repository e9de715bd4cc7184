import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chainEntries, readHead, verifyChain } from "../../src/db/repositories/audit-chain.ts";
import { recordAudit, type AuditChange } from "../../src/db/repositories/audit.ts";
import { textOf } from "../../src/security/audit-chain.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;
const caller = { actor: { type: "system" as const }, sourceIp: "203.0.113.9", requestId: "req_1" };

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});

afterAll(() => platform?.stop());

const sql = (text: string, values: unknown[] = []) => platform.owner.query(text, values).then((result) => result.rows);
const verify = async (tenant: string, query = "") => (await platform.request("GET", `/v1/tenants/${tenant}/audit-log/verify${query}`)).body;
const append = (tenant: string, change: Partial<AuditChange>) =>
  platform.platform.db.tenantTransaction(tenant, (tx) => recordAudit(tx, tenant, caller, { action: "test.changed", subjectType: "test", subjectId: "1", ...change }));

/** A tenant with a chain of six entries; their ids, the first at index 1. */
async function tenantWithChain(id: string): Promise<string[]> {
  expect((await platform.request("POST", "/v1/tenants", { body: { id, name: id } })).status).toBe(201);
  for (const name of ["two", "three", "four", "five", "six"]) expect((await platform.request("PATCH", `/v1/tenants/${id}`, { body: { name } })).status).toBe(200);
  const rows = await sql("SELECT id FROM audit_entry WHERE tenant_id = $1 ORDER BY position", [id]);
  expect(rows).toHaveLength(6);
  return ["", ...rows.map((row) => row.id as string)];
}

/** Changes rows as somebody can who owns the database: no trigger runs. */
async function tamper(tenant: string, ...statements: string[]): Promise<void> {
  const client = await platform.owner.connect();
  try {
    await client.query(["BEGIN", "SET LOCAL session_replication_role = replica", ...statements.map((one) => one.replaceAll("$tenant", `tenant_id = '${tenant}'`)), "COMMIT"].join(";"));
  } finally {
    client.release();
  }
}

/** Every hash from a position on, made anew as the database makes it. */
const rehashFrom = (position: number): string => `DO $$ DECLARE e audit_entry; previous bytea; BEGIN
  SELECT hash INTO previous FROM audit_entry WHERE $tenant AND position = ${position - 1};
  FOR e IN SELECT * FROM audit_entry WHERE $tenant AND position >= ${position} ORDER BY position LOOP
    UPDATE audit_entry SET previous_hash = previous, hash = audit_entry_hash(previous, e.position, e) WHERE id = e.id RETURNING hash INTO previous;
  END LOOP; END $$`;

const swap = (a: number, b: number): string[] => [[a, -1], [b, a], [-1, b]].map(([from, to]) => `UPDATE audit_entry SET position = ${to} WHERE $tenant AND position = ${from}`);
const shift = (from: number, by: number): string[] => [`UPDATE audit_entry SET position = -(position + ${by}) WHERE $tenant AND position >= ${from}`, "UPDATE audit_entry SET position = -position WHERE $tenant AND position < 0"];
const copyOf = (position: number, set: string): string[] => [
  `CREATE TEMP TABLE forged ON COMMIT DROP AS SELECT * FROM audit_entry WHERE $tenant AND position = ${position}`,
  `UPDATE forged SET id = 'aud_forged', ${set}`, "INSERT INTO audit_entry SELECT * FROM forged",
];

describe("A7 a whole chain", () => {
  test("is what every change through the API leaves", async () => {
    const ids = await tenantWithChain("whole");
    const [last] = await sql("SELECT encode(hash, 'hex') AS hash FROM audit_entry WHERE id = $1", [ids[6]]);
    expect(await verify("whole")).toEqual({ valid: true, entries: 6, head: { id: ids[6], hash: last.hash }, firstBroken: null });
  });

  test("keeps whatever was noted, also after the way through Postgres", async () => {
    await tenantWithChain("odd");
    const values = [
      { z: 1, a: [1.5, 1e21, 1e-7, -0, 2 ** 53, 123456789012345680000], nested: { bb: 1, a: null, "": true } },
      { text: "\u0001\b\t\n\f\r\u001f\u007f\u2028 \" \\ / é 漢 😀", "key \" é": "" },
      "only text", 0, false, [], {},
    ];
    for (const [index, value] of values.entries()) await append("odd", { before: value, after: [value], subjectId: `"odd" ${index} é` });
    expect(await verify("odd")).toMatchObject({ valid: true, entries: 6 + values.length });
    const { head } = await readHead(platform.platform.db, "odd");
    for await (const entry of chainEntries(platform.platform.db, "odd", head)) {
      const [row] = await sql("SELECT audit_entry_text(e) AS text FROM audit_entry e WHERE id = $1", [entry.id]);
      expect(textOf(entry)).toBe(row.text);
      expect(JSON.parse(textOf(entry))).toMatchObject({ id: entry.id, tenantId: "odd" });
    }
  });

  test("is verified in batches, and an edit far into it is found", async () => {
    await platform.request("POST", "/v1/tenants", { body: { id: "long", name: "long" } });
    await platform.platform.db.tenantTransaction("long", async (tx) => {
      await tx.auditEntry.createMany({ data: Array.from({ length: 1300 }, (_, index) => ({ id: `aud_long${String(index).padStart(6, "0")}`, tenantId: "long", actorType: "system", action: "test.many", subjectType: "test", subjectId: String(index) })) });
    });
    expect(await verify("long")).toMatchObject({ valid: true, entries: 1301 });
    await tamper("long", "UPDATE audit_entry SET subject_id = 'x' WHERE $tenant AND position = 1101");
    const [row] = await sql("SELECT id FROM audit_entry WHERE tenant_id = 'long' AND position = 1101");
    expect((await verify("long")).firstBroken).toEqual({ id: row.id, reason: "edited" });
  });

  test("of the platform is one of its own", async () => {
    const before = (await readHead(platform.platform.db, null)).entries;
    for (const subjectId of ["a", "b"]) await platform.platform.db.transaction((tx) => recordAudit(tx, null, caller, { action: "test.platform", subjectType: "test", subjectId }));
    expect(await verifyChain(platform.platform.db, null)).toMatchObject({ valid: true, entries: before + 2 });
  });

  test("is empty for a tenant without entries", async () => {
    await sql("INSERT INTO tenant (id, name) VALUES ('bare', 'bare')");
    expect(await verify("bare")).toEqual({ valid: true, entries: 0, head: null, firstBroken: null });
    expect((await platform.request("GET", "/v1/tenants/bare/audit-log/export")).body).toMatch(/^\{"anchor":null,"entries":0,[^\n]*\n$/);
  });
});

describe("A7 verify names what was done", () => {
  const cases: [string, string[], number | "forged", string][] = [
    ["an edited word", ["UPDATE audit_entry SET action = 'tenant.praised' WHERE $tenant AND position = 3"], 3, "edited"],
    ["an edited value", [`UPDATE audit_entry SET after = after || '{"name":"other"}' WHERE $tenant AND position = 3`], 3, "edited"],
    ["an edited time", ["UPDATE audit_entry SET at = at - interval '1 millisecond' WHERE $tenant AND position = 1"], 1, "edited"],
    ["an edited newest entry", ["UPDATE audit_entry SET actor_id = NULL WHERE $tenant AND position = 6"], 6, "edited"],
    ["an edited hash", ["UPDATE audit_entry SET hash = sha256('') WHERE $tenant AND position = 4"], 4, "edited"],
    ["an edited link", ["UPDATE audit_entry SET previous_hash = sha256('') WHERE $tenant AND position = 4"], 4, "edited"],
    ["an edit with its own hash made anew", ["UPDATE audit_entry SET actor_id = NULL WHERE $tenant AND position = 3", "UPDATE audit_entry e SET hash = audit_entry_hash(previous_hash, position, e) WHERE $tenant AND position = 3"], 3, "edited"],
    ["a deleted entry", ["DELETE FROM audit_entry WHERE $tenant AND position = 3"], 4, "deleted"],
    ["the first deleted", ["DELETE FROM audit_entry WHERE $tenant AND position = 1"], 2, "deleted"],
    ["a deleted entry, the others moved up", ["DELETE FROM audit_entry WHERE $tenant AND position = 3", ...shift(4, -1)], 4, "deleted"],
    ["an inserted entry past the trigger", copyOf(3, "position = NULL, previous_hash = NULL, hash = NULL"), "forged", "inserted"],
    ["an inserted entry with good hashes", [...shift(4, 1), ...copyOf(3, "position = 4, previous_hash = hash"), "UPDATE audit_entry e SET hash = audit_entry_hash(previous_hash, position, e) WHERE id = 'aud_forged'"], "forged", "inserted"],
    ["two entries that changed places", swap(3, 4), 4, "reordered"],
    ["an old entry moved to the end", [...swap(2, 6)], 6, "reordered"],
  ];

  test.each(cases)("%s", async (name, statements, broken, reason) => {
    const tenant = name.replaceAll(/[^a-z]/g, "-");
    const ids = await tenantWithChain(tenant);
    await tamper(tenant, ...statements);
    try {
      const verdict = await verify(tenant);
      expect(verdict).toMatchObject({ valid: false, firstBroken: { id: broken === "forged" ? "aud_forged" : ids[broken], reason } });
    } finally {
      await tamper(tenant, "DELETE FROM audit_entry WHERE id = 'aud_forged'");
    }
  });
});

describe("A7 an exported anchor", () => {
  async function anchorOf(tenant: string): Promise<{ query: string; lines: Record<string, string | number>[] }> {
    const answer = await platform.request("GET", `/v1/tenants/${tenant}/audit-log/export`);
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (answer.body as string).trimEnd().split("\n").map((line) => JSON.parse(line));
    const { anchor, entries } = lines.at(-1);
    return { query: `?anchor=${anchor}&entries=${entries}`, lines };
  }

  test("fits for as long as the chain only grows", async () => {
    await tenantWithChain("growing");
    const { query } = await anchorOf("growing");
    await append("growing", {});
    expect(await verify("growing", query)).toMatchObject({ valid: true, entries: 7, firstBroken: null });
  });

  test("is the end of hashes that anybody can work out from the export", async () => {
    const ids = await tenantWithChain("exported");
    const { lines } = await anchorOf("exported");
    let previous = Buffer.alloc(32);
    for (const [index, line] of lines.slice(0, -1).entries()) {
      const position = Buffer.alloc(8);
      position.writeBigInt64BE(BigInt(index + 1));
      const hash = createHash("sha256").update(previous).update(position).update(String(line["text"]), "utf8").digest();
      expect(line).toMatchObject({ position: index + 1, previousHash: previous.toString("hex"), hash: hash.toString("hex") });
      expect(JSON.parse(String(line["text"])).id).toBe(ids[index + 1]);
      previous = hash;
    }
    expect(lines.at(-1)).toEqual({ anchor: previous.toString("hex"), entries: 6, tenantId: "exported", exportedAt: expect.any(String) });
  });

  test("shows that the newest entries were cut off", async () => {
    const ids = await tenantWithChain("cut");
    const { query } = await anchorOf("cut");
    await tamper("cut", "DELETE FROM audit_entry WHERE $tenant AND position > 4");
    expect(await verify("cut")).toMatchObject({ valid: true, entries: 4 });
    expect(await verify("cut", query)).toMatchObject({ valid: false, firstBroken: { id: ids[4], reason: "cut" } });
    await tamper("cut", "DELETE FROM audit_entry WHERE $tenant");
    expect(await verify("cut", query)).toMatchObject({ valid: false, entries: 0, firstBroken: { id: null, reason: "cut" } });
  });

  test("shows that all was written anew", async () => {
    const ids = await tenantWithChain("anew");
    const { query } = await anchorOf("anew");
    await append("anew", {});
    await tamper("anew", "UPDATE audit_entry SET actor_id = 'key_other' WHERE $tenant AND position = 2", rehashFrom(2));
    expect(await verify("anew")).toMatchObject({ valid: true, entries: 7 });
    expect(await verify("anew", query)).toMatchObject({ valid: false, firstBroken: { id: ids[6], reason: "rewritten" } });
  });

  test("is a hash and a number", async () => {
    await tenantWithChain("halves");
    for (const [query, path] of [[`?anchor=${"a".repeat(64)}`, "/entries"], ["?entries=3", "/anchor"], ["?anchor=x&entries=3", "/anchor"], [`?anchor=${"a".repeat(64)}&entries=0`, "/entries"]] as const) {
      const answer = await platform.request("GET", `/v1/tenants/halves/audit-log/verify${query}`);
      expect([answer.status, answer.body.errors?.[0].path], query).toEqual([422, path]);
    }
  });
});

test("A7 the log can't be changed, cleared, or added to with hashes of one's own", async () => {
  await tenantWithChain("guarded");
  const columns = "id, tenant_id, actor_type, action, subject_type, subject_id";
  const row = "'aud_own', 'guarded', 'system', 'test.own', 'test', '1'";
  for (const statement of [
    "UPDATE audit_entry SET action = 'x.y' WHERE tenant_id = 'guarded'", "UPDATE audit_entry SET hash = NULL", "DELETE FROM audit_entry WHERE tenant_id = 'guarded'", "TRUNCATE audit_entry", "TRUNCATE audit_entry, tenant CASCADE",
    `INSERT INTO audit_entry (${columns}, position, previous_hash, hash) VALUES (${row}, 7, sha256(''), sha256(''))`,
    // An entry of one's own transaction, before it is linked.
    `INSERT INTO audit_entry (${columns}) VALUES (${row}); UPDATE audit_entry SET action = 'test.other' WHERE id = 'aud_own'`,
    `INSERT INTO audit_entry (${columns}) VALUES (${row}); UPDATE audit_entry SET position = 9, previous_hash = sha256(''), hash = sha256('') WHERE id = 'aud_own'`,
  ]) await expect(sql(statement), statement).rejects.toThrow(/only ever added/);
  expect(await verify("guarded")).toMatchObject({ valid: true, entries: 6 });
});

describe("the platform's own log", () => {
  test("is listed, verified and exported like a tenant's, for platform keys alone", async () => {
    await platform.platform.db.transaction((tx) => recordAudit(tx, null, caller, { action: "invariant.breached", subjectType: "invariant", subjectId: "stalled" }));
    const listed = await platform.request("GET", "/v1/audit-log?action=invariant.breached");
    expect(listed.body.data).toEqual([expect.objectContaining({ subjectId: "stalled", actor: { type: "system", id: null } })]);
    expect((await platform.request("GET", "/v1/audit-log/verify")).body).toMatchObject({ valid: true, head: { id: listed.body.data[0].id }, firstBroken: null });
    const lines = (await (await fetch(`${platform.apiUrl}/v1/audit-log/export`, { headers: { authorization: `Bearer ${platform.adminKey}` } })).text()).trim().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ entries: lines.length - 1, tenantId: null });

    await platform.request("POST", "/v1/tenants", { body: { id: "curious", name: "Curious" } });
    const key = (await platform.request("POST", "/v1/tenants/curious/api-keys", { body: { name: "all", scopes: ["*"] } })).body.secret;
    for (const path of ["", "/verify", "/export"]) expect((await platform.request("GET", `/v1/audit-log${path}`, { key })).status).toBe(403);
  });
});
