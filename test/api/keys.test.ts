import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;
const keys = "/v1/tenants/acme/api-keys";

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});

afterAll(() => platform.stop());

async function newKey(body: Record<string, unknown> = {}) {
  const answer = await platform.request("POST", keys, { body: { name: "key", scopes: ["*"], ...body } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as { id: string; secret: string; prefix: string };
}

const works = async (secret: string): Promise<number> => (await platform.request("GET", keys, { key: secret })).status;

describe("A6 API keys", () => {
  test("the secret is shown once and stored nowhere", async () => {
    const made = await newKey();
    expect(made.secret).toMatch(/^wsk_/);
    for (const path of [keys, `${keys}/${made.id}`, "/v1/tenants/acme/audit-log"]) {
      expect(JSON.stringify((await platform.request("GET", path)).body)).not.toContain(made.secret);
    }
    const { rows } = await platform.owner.query("SELECT to_jsonb(k)::text AS text FROM api_key k");
    expect(rows.map((row) => row.text).join()).not.toContain(made.secret);
  });

  test("a revoked key is refused at once", async () => {
    const made = await newKey();
    expect(await works(made.secret)).toBe(200);
    expect((await platform.request("DELETE", `${keys}/${made.id}`)).status).toBe(204);
    expect(await works(made.secret)).toBe(401);
    expect((await platform.request("GET", `${keys}/${made.id}`)).body.revokedAt).not.toBeNull();
  });

  test("rotation keeps the old key for the overlap, or not at all", async () => {
    const first = await newKey({ name: "rotated", allowedIps: ["127.0.0.1", "::1/128"] });
    const second = await platform.request("POST", `${keys}/${first.id}/rotate`, { body: { overlapSeconds: 60 } });
    expect(second.status).toBe(201);
    expect(second.body).toMatchObject({ name: "rotated", scopes: ["*"], allowedIps: ["127.0.0.1", "::1/128"], revokedAt: null });
    expect([await works(first.secret), await works(second.body.secret)]).toEqual([200, 200]);
    expect((await platform.request("POST", `${keys}/${first.id}/rotate`, { body: {} })).status).toBe(409);

    const third = await platform.request("POST", `${keys}/${second.body.id}/rotate`, { body: { overlapSeconds: 0 } });
    expect([await works(second.body.secret), await works(third.body.secret)]).toEqual([401, 200]);
    for (const overlapSeconds of [-1, 604_801, 1.5]) {
      expect((await platform.request("POST", `${keys}/${third.body.id}/rotate`, { body: { overlapSeconds } })).status).toBe(422);
    }
    const withoutBody = await platform.request("POST", `${keys}/${third.body.id}/rotate`);
    expect(withoutBody.status, JSON.stringify(withoutBody.body)).toBe(201);
  });

  test("no key grants what it lacks", async () => {
    const small = await newKey({ scopes: ["api-keys:write", "events:write"] });
    const powerful = await newKey();
    const grant = (scopes: string[]) => platform.request("POST", keys, { key: small.secret, body: { name: "granted", scopes } });
    expect((await grant(["events:read", "events:write"])).status).toBe(201);
    for (const scopes of [["*"], ["runs:read"], ["events:write", "deliveries:read"]]) expect((await grant(scopes)).status).toBe(403);
    expect((await platform.request("POST", `${keys}/${powerful.id}/rotate`, { key: small.secret, body: {} })).status).toBe(403);
    expect(await works(powerful.secret)).toBe(200);
  });

  test("addresses, expiry and scopes are checked", async () => {
    const elsewhere = await newKey({ allowedIps: ["203.0.113.0/24"] });
    expect(await works(elsewhere.secret)).toBe(403);
    const wrong = [
      { allowedIps: ["127.1"] }, { allowedIps: ["10.0.0.0/33"] }, { allowedIps: ["host"] }, { allowedIps: ["0x7f000001"] }, { expiresAt: "2001-01-01T00:00:00Z" }, { expiresAt: "soon" },
      { scopes: [] }, { scopes: ["all"] }, { name: " " }, { name: "x".repeat(201) },
    ];
    for (const fields of wrong) expect((await platform.request("POST", keys, { body: { name: "key", scopes: ["*"], ...fields } })).status, JSON.stringify(fields)).toBe(422);
  });
});

describe("idempotency", () => {
  test("the same request gives the first answer again, another one is refused", async () => {
    const headers = { "idempotency-key": "once-1" };
    const body = { name: "once", scopes: ["events:read"] };
    const [a, b] = [await platform.request("POST", keys, { body, headers }), await platform.request("POST", keys, { body, headers })];
    expect([a.status, b.status]).toEqual([201, 201]);
    expect(b.body).toEqual(a.body);
    expect(b.headers.get("idempotent-replayed")).toBe("true");
    expect((await platform.request("POST", keys, { body: { ...body, name: "other" }, headers })).status).toBe(409);
    const stored = await platform.owner.query("SELECT answer FROM idempotency_record WHERE key = 'once-1'");
    expect((stored.rows[0].answer as Buffer).includes(a.body.secret)).toBe(false);
  });

  test("twenty at once write one row", async () => {
    const options = { body: { name: "race", scopes: ["events:read"] }, headers: { "idempotency-key": "race-1" } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => platform.request("POST", keys, options)));
    expect(answers.every((answer) => answer.status === 201 || answer.status === 409)).toBe(true);
    const { rows } = await platform.owner.query("SELECT count(*)::int AS n FROM api_key WHERE name = 'race'");
    expect(rows[0].n).toBe(1);
  });
});

test("cursors walk through a list once, newest first, while rows are added", async () => {
  const made: string[] = [];
  for (let i = 0; i < 7; i += 1) made.unshift((await newKey({ name: `page ${i}` })).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await platform.request("GET", `${keys}?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
    expect(page.status).toBe(200);
    seen.push(...page.body.data.map((key: { id: string }) => key.id));
    cursor = page.body.nextCursor;
    if (seen.length === 2) await newKey({ name: "late" });
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.slice(0, 7)).toEqual(made);
});

test("changes are in the audit log, with who made them and from where", async () => {
  const made = await newKey({ name: "audited" });
  const { body } = await platform.request("GET", `/v1/tenants/acme/audit-log?action=api_key.created&subjectId=${made.id}`);
  expect(body.data).toHaveLength(1);
  expect(body.data[0]).toMatchObject({ actor: { type: "api_key", id: expect.stringMatching(/^key_/) }, sourceIp: expect.any(String), subjectType: "api_key", before: null, after: { name: "audited" }, requestId: expect.any(String) });
});
