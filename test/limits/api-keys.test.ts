import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { generateApiKey } from "../../src/security/api-keys.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { freezeLimits, requestFrom, startSecondApi, type RawAnswer, type SecondApi } from "../support/second-api.ts";
import { until } from "../support/wait.ts";

let first: TestPlatform;
let second: SecondApi;
const keys = "/v1/tenants/acme/api-keys";

beforeAll(async () => {
  first = await startPlatform({ worker: false });
  second = await startSecondApi(first, { trustedProxies: ["127.0.0.9/32"] });
  await first.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(async () => {
  await second?.stop();
  await first?.stop();
});
beforeEach(() => {
  for (const { platform } of [first, second]) freezeLimits(platform);
});

async function newKey(fields: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  const answer = await first.request("POST", keys, { body: { name: "key", scopes: ["*"], ...fields } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const ask = (api: string, secret: string, from = "127.0.0.1", headers: Record<string, string> = {}): Promise<RawAnswer> => requestFrom(from, `${api}${keys}`, { headers: { authorization: `Bearer ${secret}`, ...headers } });
const count = (answers: RawAnswer[], wanted: number): number => answers.filter(({ status }) => status === wanted).length;

describe("a key's rate limit", () => {
  it("gives the 101st request of a hundred 429 over both API processes together", async () => {
    const { secret } = await newKey({ rateLimit: 100 });
    const answers = await Promise.all(Array.from({ length: 101 }, (_, n) => ask(n % 2 === 0 ? first.apiUrl : second.url, secret)));
    expect([count(answers, 200), count(answers, 429)]).toEqual([100, 1]);
    expect(answers.find(({ status }) => status === 429)?.headers).toMatchObject({ "retry-after": "1", "ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "1" });
    expect(answers.find(({ status }) => status === 200)?.headers).toMatchObject({ "ratelimit-limit": "100" });
  });

  it("is the platform's for a tenant's key that has none, and none for a platform key", async () => {
    freezeLimits(first.platform, { apiKeyRateLimit: 5 });
    const { secret } = await newKey();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(first.apiUrl, secret)));
    expect([count(answers, 200), count(answers, 429)]).toEqual([5, 3]);
    const platformKey = await Promise.all(Array.from({ length: 20 }, () => ask(first.apiUrl, first.adminKey)));
    expect(count(platformKey, 200)).toBe(20);
    expect(platformKey[0]?.headers["ratelimit-limit"]).toBeUndefined();
  });

  it("is shared by a key and the one that follows it by rotation", async () => {
    const old = await newKey({ rateLimit: 10 });
    const { body: next } = await first.request("POST", `${keys}/${old.id}/rotate`, { body: { overlapSeconds: 60 } });
    const answers = await Promise.all([old, next].flatMap(({ secret }) => Array.from({ length: 10 }, () => ask(first.apiUrl, secret))));
    expect([count(answers, 200), count(answers, 429)]).toEqual([10, 10]);
  });

  it("is set by a platform key alone, outlives a rotation and is in the audit log", async () => {
    const own = await newKey();
    expect((await first.request("PATCH", `${keys}/${own.id}`, { key: own.secret, body: { rateLimit: 100_000 } })).status).toBe(403);
    expect((await first.request("POST", keys, { key: own.secret, body: { name: "more", scopes: ["*"], rateLimit: 100_000 } })).status).toBe(403);
    expect((await first.request("POST", keys, { key: own.secret, body: { name: "same", scopes: ["*"] } })).status).toBe(201);
    expect((await first.request("PATCH", `${keys}/${own.id}`, { body: { rateLimit: 7 } })).body).toMatchObject({ rateLimit: 7, name: "key" });
    expect((await first.request("POST", `${keys}/${own.id}/rotate`, { body: {} })).body).toMatchObject({ rateLimit: 7 });
    const { body } = await first.request("GET", `/v1/tenants/acme/audit-log?action=api_key.updated&subjectId=${own.id}`);
    expect(body.data[0]).toMatchObject({ before: { rateLimit: null }, after: { rateLimit: 7 } });
    for (const wrong of [{ rateLimit: 0 }, { rateLimit: 1.5 }, { name: "" }, { allowedIps: ["127.1"] }, { scopes: ["*"] }]) expect((await first.request("PATCH", `${keys}/${own.id}`, { body: wrong })).status, JSON.stringify(wrong)).toBe(422);
  });
});

describe("a key's addresses", () => {
  it("are changed while it is used; what a peer says of its address counts from a trusted proxy alone", async () => {
    const key = await newKey({ allowedIps: ["127.0.0.1"] });
    expect([(await ask(first.apiUrl, key.secret)).status, (await ask(first.apiUrl, key.secret, "127.0.0.2")).status]).toEqual([200, 403]);
    expect((await first.request("PATCH", `${keys}/${key.id}`, { body: { allowedIps: ["203.0.113.0/24", "2001:db8::/125"] } })).body).toMatchObject({ allowedIps: ["203.0.113.0/24", "2001:db8::/125"] });
    const spoofed = { "x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.7", forwarded: "for=203.0.113.7" };
    await until("the change to hold", () => ask(first.apiUrl, key.secret), ({ status }) => status === 403);
    expect((await ask(first.apiUrl, key.secret, "127.0.0.1", spoofed)).status).toBe(403);
    const through = async (ip: string) => (await ask(second.url, key.secret, "127.0.0.9", { "x-forwarded-for": ip })).status;
    await until("the change to hold in the other process", () => through("203.0.113.0"), (status) => status === 200);
    for (const ip of ["203.0.113.255", "::ffff:203.0.113.7", "2001:db8::", "2001:db8::7"]) expect(await through(ip), ip).toBe(200);
    for (const ip of ["203.0.112.255", "203.0.114.0", "::ffff:203.0.114.0", "2001:db8::8", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"]) expect(await through(ip), ip).toBe(403);
  });
});

describe("A9 wrong keys", () => {
  it("with a wrong checksum are refused without a query", async () => {
    const { secret } = generateApiKey();
    const swapped = secret.endsWith("a") ? "b" : "a";
    let used = 0;
    const counting = (): void => void (used += 1);
    const { accept, dispatch, inbound, relay, gate, upkeep } = first.platform.db.hot;
    const pools = [accept, dispatch, inbound, relay, gate, upkeep];
    for (const pool of pools) pool.on("acquire", counting);
    for (const wrong of [secret.slice(0, -1) + swapped, "wrong", "", `${secret}x`, secret.slice(0, -1)]) expect((await ask(first.apiUrl, wrong)).status).toBe(401);
    expect(used).toBe(0);
    expect((await ask(first.apiUrl, secret)).status).toBe(401);
    expect(used).toBeGreaterThan(0);
    for (const pool of pools) pool.off("acquire", counting);
  });

  it("are answered 429 after a hundred from one address, which locks out neither other addresses nor a key that works there", async () => {
    freezeLimits(first.platform, { authFailureLimit: 100 });
    const working = await newKey();
    expect((await ask(first.apiUrl, working.secret)).status).toBe(200);
    const answers: RawAnswer[] = [];
    for (let n = 0; n < 150; n += 1) answers.push(await ask(first.apiUrl, n % 2 === 0 ? generateApiKey().secret : "wrong", "127.0.0.1", { "x-forwarded-for": `203.0.113.${n}` }));
    expect(count(answers.slice(0, 100), 401)).toBe(100);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(refused[0]?.body ?? "{}")).toMatchObject({ code: "rate_limited" });
    expect((await ask(first.apiUrl, working.secret)).status).toBe(200);
    expect((await ask(first.apiUrl, generateApiKey().secret, "127.0.0.2")).status).toBe(401);
  });
});

it("the API's description says where limits hold", async () => {
  const { body } = await first.request("GET", "/openapi.json");
  for (const [path, operations] of Object.entries(body.paths as Record<string, Record<string, { responses: Record<string, { headers?: object; content?: object }> }>>)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      if (!/^\/(v1|webhooks)\//.test(path)) continue;
      expect(Object.keys(responses["429"]?.headers ?? {}), `${method} ${path}`).toEqual(["Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]);
      for (const status of ["403", "429"]) expect(responses[status]?.content, `${method} ${path} ${status}`).toHaveProperty(["application/problem+json"]);
    }
  }
});

it("a document upload has few and small parts", async () => {
  await first.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } });
  const verification = (await first.request("POST", "/v1/tenants/acme/verifications", { body: { checks: ["identity"], candidate: { firstName: "J", lastName: "D", email: "j@example.test" }, provider: "sumsub" } })).body;
  const upload = async (fill: (form: FormData) => void): Promise<number> => {
    const form = new FormData();
    form.set("kind", "passport");
    form.set("country", "FR");
    fill(form);
    return (await fetch(`${first.apiUrl}/v1/tenants/acme/verifications/${verification.id}/documents`, { method: "POST", headers: { authorization: `Bearer ${first.adminKey}` }, body: form })).status;
  };
  const pdf = (bytes: number): Blob => new Blob(["%PDF-1.7\n", new Uint8Array(bytes)]);
  expect(await upload((form) => form.set("file", pdf(1_000), "a.pdf"))).toBe(201);
  expect(await upload((form) => form.set("file", pdf(10 * 1024 * 1024), "a.pdf"))).toBe(413);
  expect(await upload((form) => { for (let n = 0; n < 20; n += 1) form.append(`more${n}`, "x"); form.set("file", pdf(2_000), "a.pdf"); })).toBe(413);
  expect(await upload((form) => { form.set("side", "x".repeat(5_000)); form.set("file", pdf(3_000), "a.pdf"); })).toBe(422);
});
