import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimDue } from "../../src/webhooks/outbound/claim.ts";
import { EndpointCards } from "../../src/webhooks/outbound/endpoint-cards.ts";
import { startReceiver, type Arrival, type Receiver } from "../support/local-receiver.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
let receiver: Receiver;
let made = 0;

beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 204 }));
  platform = await startPlatform();
});
afterAll(async () => {
  await platform?.stop();
  receiver?.close();
});

async function newTenant(): Promise<string> {
  const tenant = `limited-${(made += 1)}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
  return tenant;
}

async function endpoint(tenant: string, rateLimit: number): Promise<string> {
  const answer = await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url: `${receiver.url}/${tenant}`, rateLimit } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

const publishMany = (tenant: string, count: number) =>
  platform.request("POST", `/v1/tenants/${tenant}/events/batch`, { body: { events: Array.from({ length: count }, (_, n) => ({ type: "limit.tried", payload: { n } })) } });

/** The most that came in any second. */
function peak(arrivals: Arrival[]): number {
  const times = arrivals.map(({ at }) => at).toSorted((a, b) => a - b);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

describe("an endpoint's rate limit", () => {
  it("is not exceeded in any second, and everything arrives", async () => {
    const tenant = await newTenant();
    await endpoint(tenant, 20);
    expect((await publishMany(tenant, 60)).status).toBe(202);
    const mine = () => receiver.arrivals.filter(({ path }) => path === `/${tenant}`);
    await until("all to arrive", async () => mine().length, (count) => count === 60);
    expect(new Set(mine().map(({ id }) => id)).size).toBe(60);
    expect(peak(mine())).toBeLessThanOrEqual(20);
  });

  it("holds for all workers together: claims at the same moment share one bucket", async () => {
    await platform.stopWorker();
    const tenant = await newTenant();
    const id = await endpoint(tenant, 100);
    expect((await publishMany(tenant, 500)).status).toBe(202);
    const { hot } = platform.platform.db;
    const { rows } = await platform.owner.query<{ shard: number }>("SELECT shard FROM webhook_endpoint WHERE id = $1", [id]);
    const began = performance.now();
    const worker = async (): Promise<number> => {
      let count = 0;
      const cards = new EndpointCards(hot.dispatch);
      for (let n = 0; n < 25; n += 1) {
        const { claimed } = await claimDue(hot.dispatch, cards, { shard: rows[0]?.shard ?? 0, limit: 250, leaseToken: randomUUID(), after: "", busyEndpoints: [], movingEndpoints: [id], perEndpoint: 250 });
        count += claimed.length;
      }
      return count;
    };
    const counts = await Promise.all([worker(), worker(), worker()]);
    const seconds = (performance.now() - began) / 1_000;
    const claimed = counts.reduce((sum, count) => sum + count, 0);
    expect(claimed).toBeGreaterThanOrEqual(10);
    expect(claimed).toBeLessThanOrEqual(10 + Math.ceil(90 * seconds));
    await platform.startWorker();
  });
});

describe("a tenant's limit of events", () => {
  it("refuses what is too much, says when to come back, and stores none of it", async () => {
    const tenant = await newTenant();
    expect((await platform.request("PATCH", `/v1/tenants/${tenant}`, { body: { eventRateLimit: 5 } })).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => platform.request("POST", `/v1/tenants/${tenant}/events`, { body: { type: "limit.tried", payload: { n } } })));
    const refused = answers.filter(({ status }) => status === 429);
    const accepted = answers.filter(({ status }) => status === 202);
    expect(refused.length + accepted.length).toBe(30);
    expect(accepted.length).toBeGreaterThanOrEqual(5);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toMatchObject({ code: "rate_limited" });
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused[0]?.headers.get("ratelimit-limit")).toBe("5");
    expect(accepted[0]?.headers.get("ratelimit-limit")).toBe("5");
    const stored = await platform.request("GET", `/v1/tenants/${tenant}/events?limit=250`);
    expect(stored.body.data).toHaveLength(accepted.length);
  });

  it("lets a batch larger than a second's worth through once, and then makes the tenant wait for it", async () => {
    const tenant = await newTenant();
    await platform.request("PATCH", `/v1/tenants/${tenant}`, { body: { eventRateLimit: 10 } });
    expect((await publishMany(tenant, 100)).status).toBe(202);
    const next = await publishMany(tenant, 1);
    expect(next.status).toBe(429);
    expect(Number(next.headers.get("retry-after"))).toBeGreaterThanOrEqual(8);
  });

  it("leaves other tenants alone", async () => {
    const [limited, free] = [await newTenant(), await newTenant()];
    await platform.request("PATCH", `/v1/tenants/${limited}`, { body: { eventRateLimit: 1 } });
    await publishMany(limited, 50);
    const answer = await publishMany(free, 50);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("ratelimit-limit")).toBeNull();
  });
});

it("sends a payload of nearly a MiB whole, to many endpoints at once", async () => {
  const tenant = await newTenant();
  for (let n = 0; n < 20; n += 1) await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url: `${receiver.url}/${tenant}` } });
  const text = "x".repeat(1_000_000);
  const sent = await platform.request("POST", `/v1/tenants/${tenant}/events`, { body: { type: "large.sent", payload: { text } } });
  expect(sent.status).toBe(202);
  const mine = () => receiver.arrivals.filter(({ path }) => path === `/${tenant}`);
  await until("all twenty", async () => mine().length, (count) => count === 20);
  expect(mine().every(({ bytes }) => bytes > 1_000_000)).toBe(true);
});
