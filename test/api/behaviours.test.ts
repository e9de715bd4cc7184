import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type Answer, type TestPlatform } from "../support/platform.ts";

// What the API promises beyond single operations: repetition, paging, keys, and the edges of HTTP itself.

const base = "/v1/tenants/acme";
let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  for (const id of ["acme", "other"]) await platform.request("POST", "/v1/tenants", { body: { id, name: id } });
});

afterAll(() => platform.stop());

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => platform.request("POST", path, { body, headers });
const count = async (sql: string): Promise<number> => (await platform.owner.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0]?.n ?? -1;

describe("Idempotency-Key", () => {
  const event = { type: "application.created", payload: { n: 1 } };

  test("gives the first answer again, headers included, and does the thing once", async () => {
    const first = await post(`${base}/events`, event, { "idempotency-key": "same" });
    const again = await post(`${base}/events`, event, { "idempotency-key": "same" });
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(await count(`webhook_event WHERE id = '${first.body.id}'`)).toBe(1);
  });

  test("refuses another body, another path and a malformed key", async () => {
    await post(`${base}/events`, event, { "idempotency-key": "once" });
    expect((await post(`${base}/events`, { ...event, payload: { n: 2 } }, { "idempotency-key": "once" })).status).toBe(409);
    expect((await post("/v1/tenants/other/events", event, { "idempotency-key": "once" })).status).toBe(409);
    for (const key of ["two words", "x".repeat(256)]) expect((await post(`${base}/events`, event, { "idempotency-key": key })).status).toBe(422);
  });

  test("means one thing for each API key", async () => {
    const { secret } = (await post(`${base}/api-keys`, { name: "second", scopes: ["events:write"] })).body;
    const mine = await post(`${base}/events`, event, { "idempotency-key": "shared" });
    const theirs = await platform.request("POST", `${base}/events`, { body: event, key: secret, headers: { "idempotency-key": "shared" } });
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test("lets one of many at once through; the others get its answer or 409 with Retry-After", async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => post("/v1/tenants", { name: "Together" }, { "idempotency-key": "together" })));
    expect(await count("tenant WHERE name = 'Together'")).toBe(1);
    for (const answer of answers) expect(answer.status === 201 || (answer.status === 409 && answer.headers.get("retry-after") !== null), String(answer.status)).toBe(true);
  });

  test("keeps the answer sealed: a new key's secret is nowhere in the table", async () => {
    const { secret } = (await post(`${base}/api-keys`, { name: "sealed", scopes: ["events:read"] }, { "idempotency-key": "sealed" })).body;
    expect(await count(`idempotency_record WHERE position('${secret}'::bytea in answer) > 0`)).toBe(0);
    expect((await post(`${base}/api-keys`, { name: "sealed", scopes: ["events:read"] }, { "idempotency-key": "sealed" })).body.secret).toBe(secret);
  });
});

describe("lists", () => {
  test.each(["/v1/tenants", `${base}/events`, `${base}/api-keys`, `${base}/audit-log`])("%s: pages join without gap or repetition, newest first", async (path) => {
    for (let n = 0; n < 4; n += 1) {
      await post("/v1/tenants", { name: `page ${n}` });
      await post(`${base}/events`, { type: "page.made", payload: { n } });
      await post(`${base}/api-keys`, { name: `page ${n}`, scopes: ["events:read"] });
    }
    const whole = (await platform.request("GET", `${path}?limit=250`)).body.data as { id: string }[];
    const joined: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Answer = await platform.request("GET", `${path}?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      joined.push(...page.body.data.map((item: { id: string }) => item.id));
      cursor = page.body.nextCursor;
      expect(joined.length).toBeLessThanOrEqual(whole.length);
    }
    expect(joined).toEqual(whole.map((item) => item.id));
  });

  test("a tenant key sees its own tenant alone", async () => {
    const { secret } = (await post(`${base}/api-keys`, { name: "own", scopes: ["*"] })).body;
    const { body } = await platform.request("GET", "/v1/tenants", { key: secret });
    expect(body.data.map((tenant: { id: string }) => tenant.id)).toEqual(["acme"]);
    expect((await platform.request("POST", "/v1/tenants", { key: secret, body: { name: "mine" } })).status).toBe(403);
  });

  test("a cursor that names nothing is refused, not taken for the first page", async () => {
    const foreign = Buffer.from("no-such-tenant").toString("base64url");
    expect((await platform.request("GET", `/v1/tenants?cursor=${foreign}`)).status).toBe(422);
  });
});

describe("API keys", () => {
  const use = (key: string): Promise<Answer> => platform.request("GET", base, { key });
  const create = async (body: object): Promise<{ id: string; secret: string }> => (await post(`${base}/api-keys`, { name: "key", scopes: ["tenants:read"], ...body })).body;

  test("rotation leaves the old key its overlap, and no longer", async () => {
    const old = await create({});
    const next = (await post(`${base}/api-keys/${old.id}/rotate`, { overlapSeconds: 1 })).body;
    expect([(await use(old.secret)).status, (await use(next.secret)).status]).toEqual([200, 200]);
    await expect.poll(async () => (await use(old.secret)).status, { timeout: 4_000 }).toBe(401);
    expect((await use(next.secret)).status).toBe(200);
  });

  test("a revoked key is refused within a second", async () => {
    const key = await create({});
    expect((await use(key.secret)).status).toBe(200);
    expect((await platform.request("DELETE", `${base}/api-keys/${key.id}`)).status).toBe(204);
    await expect.poll(async () => (await use(key.secret)).status, { timeout: 1_000 }).toBe(401);
  });

  test("hands on only what it has itself, also by rotation", async () => {
    const strong = await create({ scopes: ["*"] });
    const weak = await create({ scopes: ["api-keys:write", "events:read"] });
    const asWeak = (path: string, body: object): Promise<Answer> => platform.request("POST", path, { key: weak.secret, body });
    expect((await asWeak(`${base}/api-keys`, { name: "more", scopes: ["events:write"] })).status).toBe(403);
    expect((await asWeak(`${base}/api-keys/${strong.id}/rotate`, {})).status).toBe(403);
    expect((await asWeak(`${base}/api-keys`, { name: "same", scopes: ["events:read"] })).status).toBe(201);
  });

  test("expiry and allowed addresses hold", async () => {
    expect((await post(`${base}/api-keys`, { name: "past", scopes: ["tenants:read"], expiresAt: "2020-01-01T00:00:00Z" })).status).toBe(422);
    expect((await use((await create({ allowedIps: ["203.0.113.0/24"] })).secret)).status).toBe(403);
    expect((await use((await create({ allowedIps: ["127.0.0.0/8", "::1"] })).secret)).status).toBe(200);
  });
});

describe("integrations", () => {
  test("a connected one says so as an event that holds the resource", async () => {
    const { body } = await post(`${base}/integrations`, { provider: "sumsub", mode: "sandbox" });
    expect(body.status).toBe("connected");
    const { rows } = await platform.owner.query("SELECT payload FROM webhook_event WHERE type = 'integration.connected'");
    expect(rows.map((row) => row.payload)).toEqual([expect.objectContaining({ id: body.id, provider: "sumsub", status: "connected", webhookUrl: body.webhookUrl })]);
    expect(JSON.stringify(rows)).not.toContain("secretKey\":\"");
  });

  test("names the bad field below /settings and /credentials and writes nothing", async () => {
    const before = await count("integration");
    const answer = await post(`${base}/integrations`, { provider: "sumsub", mode: "live", settings: { surprise: 1 } });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, "/settings/surprise"]);
    const other = await post(`${base}/integrations`, { provider: "sumsub", mode: "live", credentials: { appToken: 3 } });
    expect([other.status, other.body.errors[0].path]).toEqual([422, "/credentials/appToken"]);
    expect(await count("integration")).toBe(before);
  });
});

describe("the edges of HTTP", () => {
  test("what has no route or no request is a problem too", async () => {
    const bad = await platform.request("GET", "/v1/tenants/%zz");
    expect([bad.status, bad.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect(bad.headers.get("x-request-id")).toBe(bad.body.requestId);
    expect((await platform.request("GET", `/v1/tenants/${"a".repeat(4_000)}`)).status).toBe(404);
    const broken = await raw("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n");
    expect(broken).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(70_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("NUL in a query is 422; a caller's request id is taken only when harmless", async () => {
    expect((await platform.request("GET", `${base}/integrations?provider=%00`)).status).toBe(422);
    expect((await platform.request("GET", "/nothing", { headers: { "x-request-id": "caller-12345" } })).body.requestId).toBe("caller-12345");
    expect((await platform.request("GET", "/nothing", { headers: { "x-request-id": "<script>alert</script>" } })).body.requestId).toMatch(/^req_/);
  });

  test("multipart is read where files are, and nowhere else", async () => {
    const form = '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nAcme\r\n--b--\r\n';
    expect((await platform.request("POST", "/v1/tenants", { body: form, headers: { "content-type": "multipart/form-data; boundary=b" } })).status).toBe(415);
  });

  test("answers below /v1 are not kept on the way", async () => {
    expect((await platform.request("GET", "/v1/tenants")).headers.get("cache-control")).toBe("no-store");
  });

  test("the description's page may run its own lines and no others", async () => {
    const page = await platform.request("GET", "/docs/");
    expect(page.headers.get("content-security-policy")).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/=]+';/);
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});

describe("the codec endpoint", () => {
  const origin = { origin: "http://127.0.0.1:8233" };

  test("lets Temporal's Web UI read answers and refusals", async () => {
    const preflight = await platform.request("OPTIONS", "/codec/default/decode", { key: null, headers: { ...origin, "access-control-request-headers": "content-type,x-namespace" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin.origin]);
    const encrypted = { encoding: Buffer.from("binary/encrypted").toString("base64"), "encryption-key-id": Buffer.from("test").toString("base64") };
    for (const [body, status] of [[{ payloads: 3 }, 422], [{ payloads: [{ metadata: encrypted, data: "AAAA" }] }, 400], [{}, 200]] as const) {
      const answer = await platform.request("POST", "/codec/default/decode", { key: null, body, headers: origin });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, origin.origin]);
    }
  });

  test("refuses every other page", async () => {
    const answer = await platform.request("POST", "/codec/default/decode", { key: null, body: {}, headers: { origin: "https://evil.test" } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });
});

/** What is sent over a bare socket is what fetch would not send. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(platform.apiUrl);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("utf8")));
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}
