import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLimits } from "../../src/limits/limits.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { freezeLimits, requestFrom, startSecondApi, type RawAnswer, type SecondApi } from "../support/second-api.ts";
import { sumsubSecret, sumsubWebhook, type SentWebhook } from "../support/sumsub-sender.ts";
import { until } from "../support/wait.ts";

// The door's budgets over HTTP, with two API processes' worth of limiters on one database.

let first: TestPlatform;
let second: SecondApi;
let tenantKey: string;
let sent = 0;

beforeAll(async () => {
  first = await startPlatform({ worker: false });
  second = await startSecondApi(first);
  await first.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  tenantKey = (await first.request("POST", "/v1/tenants/acme/api-keys", { body: { name: "tenant", scopes: ["*"] } })).body.secret;
});
afterAll(async () => {
  await second?.stop();
  await first?.stop();
});
beforeEach(() => {
  for (const { platform } of [first, second]) freezeLimits(platform);
});

async function integration(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await first.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox", ...fields } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

const good = (id: string): SentWebhook => sumsubWebhook(sumsubSecret(id), `applicant-${(sent += 1)}`);
const forged = (): SentWebhook => sumsubWebhook("somebody else's", `applicant-${(sent += 1)}`);

async function post(api: string, id: string, webhook: SentWebhook, options: { from?: string; headers?: Record<string, string> } = {}): Promise<RawAnswer> {
  return await requestFrom(options.from ?? "127.0.0.1", `${api}/webhooks/sumsub/${id}`, { method: "POST", headers: { ...webhook.headers, ...options.headers }, body: webhook.body });
}

const statuses = (answers: RawAnswer[]): Record<number, number> => Object.fromEntries(Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, list]) => [status, list?.length ?? 0]));

async function stored(id: string): Promise<number> {
  const { rows } = await first.owner.query("SELECT count(*)::int AS n FROM inbound_event WHERE integration_id = $1 AND status <> 'rejected'", [id]);
  return rows[0].n;
}

describe("an integration's rate limit", () => {
  it("gives the 101st webhook of a hundred 429 over both API processes together, and stores none of what it refuses", async () => {
    const id = await integration({ webhookRateLimit: 100 });
    const answers = await Promise.all(Array.from({ length: 101 }, (_, n) => post(n % 2 === 0 ? first.apiUrl : second.url, id, good(id))));
    expect(statuses(answers)).toEqual({ 200: 100, 429: 1 });
    const next = await post(second.url, id, good(id));
    expect(next.status).toBe(429);
    expect(next.headers).toMatchObject({ "retry-after": "1", "ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "1" });
    expect(JSON.parse(next.body)).toMatchObject({ code: "rate_limited", status: 429 });
    const remaining = answers.filter(({ status }) => status === 200).map(({ headers }) => Number(headers["ratelimit-remaining"]));
    expect(remaining.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(await stored(id)).toBe(100);
  });

  it("is the platform's where the integration has none, with room for bursts of twice that", async () => {
    for (const { platform } of [first, second]) freezeLimits(platform, { webhookRateLimit: 10 });
    const id = await integration();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => post(n % 2 === 0 ? first.apiUrl : second.url, id, good(id))));
    expect(statuses(answers)).toEqual({ 200: 20, 429: 10 });
  });

  it("is not touched by forged webhooks, nor by another integration's", async () => {
    const [id, other] = [await integration({ webhookRateLimit: 20 }), await integration({ webhookRateLimit: 20 })];
    const flood = await Promise.all(Array.from({ length: 200 }, () => post(first.apiUrl, id, forged())));
    expect(statuses(flood)).toEqual({ 401: 200 });
    await Promise.all(Array.from({ length: 20 }, () => post(first.apiUrl, other, good(other))));
    const own = await Promise.all(Array.from({ length: 20 }, () => post(first.apiUrl, id, good(id))));
    expect(statuses(own)).toEqual({ 200: 20 });
  });

  it("lets signed webhooks in while the store of limits is away, and still sends away a source that keeps failing", async () => {
    const id = await integration({ webhookRateLimit: 1 });
    const nowhere = new pg.Pool({ connectionString: "postgresql://nobody@127.0.0.1:1/none", connectionTimeoutMillis: 200 });
    first.platform.limits = createLimits({ config: { ...first.platform.config, webhookFailureLimit: 1 }, pool: nowhere, logger: first.platform.logger });
    expect(statuses(await Promise.all(Array.from({ length: 5 }, () => post(first.apiUrl, id, good(id)))))).toEqual({ 200: 5 });
    const flood: RawAnswer[] = [];
    for (let n = 0; n < 30; n += 1) flood.push(await post(first.apiUrl, id, forged()));
    expect(flood.slice(0, 10).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(flood.some(({ status }) => status === 429)).toBe(true);
    await nowhere.end();
  });

  it("is changed by the tenant, above the platform's default by a platform key alone", async () => {
    const id = await integration();
    const patch = (key: string, webhookRateLimit: unknown) => first.request("PATCH", `/v1/tenants/acme/integrations/${id}`, { key, body: { webhookRateLimit } });
    expect((await patch(tenantKey, 50)).body).toMatchObject({ webhookRateLimit: 50 });
    expect((await patch(tenantKey, 5_001)).status).toBe(403);
    expect((await patch(first.adminKey, 5_001)).body).toMatchObject({ webhookRateLimit: 5_001 });
    expect((await patch(tenantKey, null)).body).toMatchObject({ webhookRateLimit: null });
    for (const wrong of [0, -1, 1.5, "10", 100_001]) expect((await patch(first.adminKey, wrong)).status).toBe(422);
  });
});

describe("a source that keeps failing", () => {
  /** How often the door looks an integration up. */
  function countLookUps(): { count: number } {
    const looked = { count: 0 };
    const { find } = first.platform.inbound.integrations;
    first.platform.inbound.integrations.find = (id) => ((looked.count += 1), find(id));
    return looked;
  }

  const spoofed = (n: number) => ({ headers: { "x-forwarded-for": `203.0.113.${n}`, "x-real-ip": `203.0.113.${n}`, forwarded: `for=203.0.113.${n}` } });

  it("gets 429 for what does not verify, whatever it says of itself, and 200 for what does: they may share an address", async () => {
    const id = await integration();
    freezeLimits(first.platform, { webhookFailureLimit: 1 });
    const flood: RawAnswer[] = [];
    for (let n = 0; n < 40; n += 1) flood.push(await post(first.apiUrl, id, forged(), spoofed(n)));
    expect(flood.slice(0, 10).every(({ status }) => status === 401)).toBe(true);
    const cut = flood.filter(({ status }) => status === 429);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.at(-1)?.headers).toMatchObject({ "retry-after": "1", "ratelimit-remaining": "0" });
    expect((await post(first.apiUrl, id, good(id))).status).toBe(200);
  });

  it("is sent away before anything is looked up when it floods, at this integration alone and for itself alone", async () => {
    const [id, other] = [await integration(), await integration()];
    freezeLimits(first.platform, { webhookFailureLimit: 1 });
    const looked = countLookUps();
    const flood: RawAnswer[] = [];
    for (let n = 0; n < 250; n += 1) flood.push(await post(first.apiUrl, id, forged(), spoofed(n % 250)));
    expect(looked.count).toBeGreaterThanOrEqual(100);
    expect(looked.count).toBeLessThan(250);
    expect((await post(first.apiUrl, other, good(other))).status).toBe(200);
    expect((await post(first.apiUrl, id, good(id), { from: "127.0.0.2" })).status).toBe(200);
    // Nothing stays closed: what it may fail comes back.
    await until("the source to be let in again", () => post(first.apiUrl, id, good(id)), ({ status }) => status === 200);
  });

  it("is one also where there is nothing to be found", async () => {
    freezeLimits(first.platform, { webhookFailureLimit: 1 });
    const answers: RawAnswer[] = [];
    for (let n = 0; n < 40; n += 1) answers.push(await post(first.apiUrl, `int_01k000000000000000000000${String(n).padStart(2, "0")}`, forged(), { from: "127.0.0.3" }));
    expect(statuses(answers.slice(0, 10))).toEqual({ 404: 10 });
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });
});
