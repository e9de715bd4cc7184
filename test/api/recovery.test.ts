import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedEvents, seedFailed } from "../support/deliveries.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// No worker runs here: jobs stay as the API leaves them.

const since = new Date(Date.now() - 3_600_000).toISOString();
let platform: TestPlatform;
let tenant: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});
afterAll(() => platform?.stop());

const send = (method: string, path: string, body?: unknown) => platform.request(method, `/v1/tenants/${tenant}/${path}`, body === undefined ? {} : { body });
const sql = async (text: string, values: unknown[] = []) => (await platform.owner.query(text, values)).rows;

async function newTenant(): Promise<string> {
  made += 1;
  tenant = `tenant-${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
  return (await send("POST", "webhook-endpoints", { url: "https://hooks.example.com/" })).body.id;
}

describe("a recovery", () => {
  test("is a job that can be read, listed and cancelled once, and is in the audit log", async () => {
    const endpointId = await newTenant();
    await seedFailed(platform, tenant, endpointId, 3);
    const made202 = await send("POST", `webhook-endpoints/${endpointId}/recover`, { since });
    expect(made202.status).toBe(202);
    const job = made202.body;
    expect(job).toMatchObject({ kind: "resend", endpointId, status: "running", matched: 3, done: 0, createdAt: expect.any(String), finishedAt: null });
    expect((await send("GET", `recovery-jobs/${job.id}`)).body).toEqual(job);
    expect((await send("GET", "recovery-jobs")).body).toEqual({ data: [job], nextCursor: null });
    expect((await send("POST", `recovery-jobs/${job.id}/cancel`)).body).toMatchObject({ id: job.id, status: "cancelled", finishedAt: expect.any(String) });
    expect((await send("POST", `recovery-jobs/${job.id}/cancel`)).status).toBe(409);
    const entries = (await send("GET", `audit-log?subjectId=${job.id}`)).body.data;
    expect(entries.map((entry: { action: string }) => entry.action)).toEqual(["recovery_job.cancelled", "recovery_job.created"]);
  });

  test("counts by status and time, and leaves alone what is being sent", async () => {
    const endpointId = await newTenant();
    await seedFailed(platform, tenant, endpointId, 2);
    const [cancelled] = await seedFailed(platform, tenant, endpointId, 1, { status: "cancelled" });
    const [old, leased] = await seedFailed(platform, tenant, endpointId, 2);
    await sql("UPDATE webhook_delivery SET created_at = now() - interval '2 hours' WHERE id = $1", [old]);
    await sql("UPDATE webhook_delivery SET lease_until = now() + interval '1 minute' WHERE id = $1", [leased]);
    const matched = async (body: Record<string, unknown>) => (await send("POST", `webhook-endpoints/${endpointId}/recover`, { since, dryRun: true, ...body })).body.matched;
    expect(await matched({})).toBe(2);
    expect(await matched({ status: ["failed", "cancelled"] })).toBe(3);
    expect(await matched({ until: since })).toBe(0);
    expect(await matched({ since: new Date(0).toISOString() })).toBe(3);
    expect((await send("GET", "recovery-jobs")).body.data).toEqual([]);
    expect((await send("GET", `deliveries/${cancelled}`)).body.status).toBe("cancelled");
  });

  test("of what was missed counts the events that the endpoint wants", async () => {
    const endpointId = await newTenant();
    await seedEvents(platform, tenant, 4);
    await seedEvents(platform, tenant, 3, "invoice.paid");
    const missed = async () => (await send("POST", `webhook-endpoints/${endpointId}/recover`, { since, mode: "missing", dryRun: true })).body;
    expect(await missed()).toEqual({ matched: 7 });
    await send("PATCH", `webhook-endpoints/${endpointId}`, { eventTypes: ["invoice.*"] });
    expect(await missed()).toEqual({ matched: 3 });
  });

  test("needs an enabled endpoint, a sound period and the scope", async () => {
    const endpointId = await newTenant();
    const recover = (body: unknown, id = endpointId) => send("POST", `webhook-endpoints/${id}/recover`, body);
    for (const body of [{}, { since: "yesterday" }, { since, until: new Date(0).toISOString() }, { since, status: ["delivered"] }, { since, mode: "all" }]) expect((await recover(body)).status).toBe(422);
    for (const filter of [{ status: [] }, { endpointId: "ep" }, { eventType: "no dot" }]) expect((await send("POST", "deliveries/replay", { filter })).status).toBe(422);
    const key = (await send("POST", "api-keys", { name: "reader", scopes: ["deliveries:read"] })).body.secret;
    expect((await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints/${endpointId}/recover`, { body: { since }, key })).status).toBe(403);
    await send("PATCH", `webhook-endpoints/${endpointId}`, { enabled: false });
    expect((await recover({ since })).body.code).toBe("illegal_state");
    expect((await send("POST", "deliveries/replay", { filter: { endpointId } })).body.code).toBe("illegal_state");
    await newTenant();
    expect((await recover({ since })).status).toBe(404);
    expect((await send("GET", "recovery-jobs/rec_01jdmz8v5ye2f9m4r6sgk3x7qa")).status).toBe(404);
  });
});

describe("an endpoint's statistics", () => {
  test("count attempts, answers and what waits", async () => {
    const endpointId = await newTenant();
    const ids = await seedFailed(platform, tenant, endpointId, 100);
    await sql("UPDATE delivery_attempt SET status_code = 200, error = NULL WHERE delivery_id = ANY($1)", [ids.slice(0, 75)]);
    await sql("UPDATE delivery_attempt SET status_code = NULL, error = 'timeout' WHERE delivery_id = $1", [ids[99]]);
    await sql("UPDATE delivery_attempt SET at = now() - interval '2 hours' WHERE delivery_id = ANY($1)", [ids.slice(0, 50)]);
    await sql("UPDATE webhook_delivery SET status = 'retrying', created_at = '2026-01-02T03:04:05Z' WHERE id = $1", [ids[0]]);
    await sql("UPDATE webhook_delivery SET status = 'pending' WHERE id = ANY($1)", [ids.slice(1, 3)]);
    expect((await send("GET", `webhook-endpoints/${endpointId}/stats?window=1h`)).body).toEqual({
      window: "1h", attempts: 50, delivered: 25, failed: 25, successRate: 0.5, latencyMs: { p50: 750, p95: 980, p99: 1000 },
      byStatusCode: { "200": 25, "500": 24, none: 1 }, backlog: { pending: 2, retrying: 1, held: 0 }, oldestWaitingAt: "2026-01-02T03:04:05.000Z",
    });
    expect((await send("GET", `webhook-endpoints/${endpointId}/stats`)).body).toMatchObject({ window: "24h", attempts: 100, successRate: 0.75 });
  });

  test("are empty before the first attempt", async () => {
    const endpointId = await newTenant();
    expect((await send("GET", `webhook-endpoints/${endpointId}/stats?window=30d`)).body).toEqual({
      window: "30d", attempts: 0, delivered: 0, failed: 0, successRate: null, latencyMs: { p50: null, p95: null, p99: null },
      byStatusCode: {}, backlog: { pending: 0, retrying: 0, held: 0 }, oldestWaitingAt: null,
    });
    expect((await send("GET", `webhook-endpoints/${endpointId}/stats?window=2h`)).status).toBe(422);
  });
});

describe("an example", () => {
  test("is sent to one endpoint alone, also when it is replayed", async () => {
    const endpointId = await newTenant();
    await send("POST", "webhook-endpoints", { url: "https://other.example.com/" });
    const payload = { applicationId: "a-1042" };
    const answer = await send("POST", `webhook-endpoints/${endpointId}/test`, { type: "application.created", payload });
    expect([answer.status, answer.body.type]).toEqual([202, "application.created"]);
    expect((await send("GET", `events/${answer.body.id}`)).body.payload).toEqual(payload);
    await send("POST", `events/${answer.body.id}/replay`);
    const deliveries = (await send("GET", `deliveries?eventId=${answer.body.id}`)).body.data;
    expect(deliveries.map((delivery: { endpointId: string }) => delivery.endpointId)).toEqual([endpointId]);
    expect((await send("POST", `webhook-endpoints/${endpointId}/test`, { type: "no dot" })).status).toBe(422);
  });
});
