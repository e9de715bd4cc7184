import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// No worker runs here: deliveries stay as the API leaves them.

let platform: TestPlatform;
let tenant: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});

afterAll(() => platform.stop());

const send = (method: string, path: string, body?: unknown) => platform.request(method, `/v1/tenants/${tenant}/${path}`, body === undefined ? {} : { body });
const sql = async (text: string, values: unknown[] = []) => (await platform.owner.query(text, values)).rows;

async function newTenant(): Promise<void> {
  made += 1;
  tenant = `tenant-${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
}

const newEndpoint = async (body: Record<string, unknown> = {}): Promise<string> => (await send("POST", "webhook-endpoints", { url: "https://hooks.example.com/", ...body })).body.id;
const publish = async (type = "application.created"): Promise<string> => (await send("POST", "events", { type, payload: { n: 1 } })).body.id;
const deliveriesOf = async (eventId: string) => (await send("GET", `deliveries?eventId=${eventId}`)).body.data as { id: string; endpointId: string; status: string; attempts: number; nextAttemptAt: string | null }[];

describe("events", () => {
  test("reach the endpoints that want them", async () => {
    await newTenant();
    const [all, exact, pattern] = [await newEndpoint(), await newEndpoint({ eventTypes: ["application.created"] }), await newEndpoint({ eventTypes: ["application.*"] })];
    await newEndpoint({ eventTypes: ["interview.*"] });
    await newEndpoint({ enabled: false });
    const found = await deliveriesOf(await publish());
    expect(found.map((delivery) => delivery.endpointId).toSorted()).toEqual([all, exact, pattern].toSorted());
  });

  test("keep the payload as it came, and the host's own id", async () => {
    await newTenant();
    const event = { id: "order-1", type: "application.created", payload: { z: 1, a: { "é": "🎉", n: 1.5, list: [null, true] } } };
    const first = await send("POST", "events", event);
    expect(first.status).toBe(202);
    expect(first.headers.get("location")).toBe(`/v1/tenants/${tenant}/events/order-1`);
    expect((await send("POST", "events", event)).body).toEqual(first.body);
    expect((await send("POST", "events", { ...event, payload: { z: 2 } })).status).toBe(409);
    const read = await send("GET", "events/order-1");
    expect(read.body.payload).toEqual(event.payload);
    expect(Object.keys(read.body.payload)).toEqual(["z", "a"]);
  });

  test("come in batches, all or none", async () => {
    await newTenant();
    const events = Array.from({ length: 1000 }, (_, index) => ({ type: "application.created", payload: { index }, id: `batch-${index}` }));
    const answer = await send("POST", "events/batch", { events });
    expect([answer.status, answer.body.data.length, answer.body.data[999].id]).toEqual([202, 1000, "batch-999"]);
    const good = { type: "application.created", payload: {} };
    const wrong = [[], [...events, good], [good, { ...good, type: "no-dot" }], [good, { ...good, payload: [] }], [good, { ...good, id: "a/b" }], [{ ...good, id: "same" }, { ...good, id: "same", payload: { other: 1 } }]];
    for (const list of wrong) expect((await send("POST", "events/batch", { events: list })).status).toBe(422);
    expect((await send("POST", "events/batch", { events: [good, { ...good, payload: { text: "x".repeat(1_100_000) } }] })).status).toBe(413);
    expect((await send("POST", "events/batch", { events: [good, { ...good, id: "batch-1" }] })).status).toBe(409);
    expect((await sql("SELECT count(*)::int AS n FROM webhook_event WHERE tenant_id = $1", [tenant]))[0].n).toBe(1000);
    const pages = [await send("GET", "events?limit=250"), await send("GET", "events?limit=250&type=interview.booked")];
    expect(pages.map((page) => page.body.data.length)).toEqual([250, 0]);
    const next = await send("GET", `events?limit=250&cursor=${pages[0]?.body.nextCursor}`);
    const ids = [...(pages[0]?.body.data ?? []), ...next.body.data].map((event: { id: string }) => event.id);
    expect(new Set(ids).size).toBe(500);
  });

  test("are replayed to who wants them now", async () => {
    await newTenant();
    const first = await newEndpoint();
    const eventId = await publish();
    await sql("UPDATE webhook_delivery SET status = 'delivered', attempts = 3, next_attempt_at = NULL, delivered_at = now() WHERE event_id = $1", [eventId]);
    const later = await newEndpoint();
    expect((await send("POST", `events/${eventId}/replay`)).status).toBe(202);
    const found = await deliveriesOf(eventId);
    expect(found).toHaveLength(2);
    expect(found.find((delivery) => delivery.endpointId === first)).toMatchObject({ status: "pending", attempts: 3 });
    expect(found.find((delivery) => delivery.endpointId === later)).toMatchObject({ status: "pending", attempts: 0 });
    expect((await send("POST", "events/none/replay", {})).status).toBe(404);
  });
});

describe("deliveries", () => {
  test("are retried and cancelled", async () => {
    await newTenant();
    const endpointId = await newEndpoint();
    const eventId = await publish();
    const id = (await deliveriesOf(eventId))[0]?.id ?? "";
    await sql("INSERT INTO delivery_attempt (tenant_id, delivery_id, number, at, status_code, latency_ms, response_body, error) VALUES ($1, $2, 1, now(), 500, 12, 'no', 'status')", [tenant, id]);
    await sql("UPDATE webhook_delivery SET status = 'failed', attempts = 1, next_attempt_at = NULL WHERE id = $1", [id]);
    const read = await send("GET", `deliveries/${id}`);
    expect(read.body).toMatchObject({ attemptCount: 1, eventType: "application.created", attempts: [{ number: 1, statusCode: 500, latencyMs: 12, responseBody: "no", error: "status" }] });
    expect((await send("POST", `deliveries/${id}/cancel`)).status).toBe(409);
    const retried = await send("POST", `deliveries/${id}/retry`, {});
    expect([retried.status, retried.body.status]).toEqual([202, "pending"]);
    await sql("UPDATE webhook_delivery SET lease_until = now() + interval '10 seconds' WHERE id = $1", [id]);
    expect((await send("POST", `deliveries/${id}/retry`)).status).toBe(409);
    expect((await send("POST", `deliveries/${id}/cancel`)).body).toMatchObject({ status: "cancelled", nextAttemptAt: null });
    await send("PATCH", `webhook-endpoints/${endpointId}`, { enabled: false });
    expect((await send("POST", `deliveries/${id}/retry`)).body.code).toBe("illegal_state");
  });

  test("are held while their endpoint is disabled, cancelled when it is deleted", async () => {
    await newTenant();
    const endpointId = await newEndpoint();
    const eventId = await publish();
    const status = async (): Promise<string | undefined> => (await deliveriesOf(eventId))[0]?.status;
    expect((await send("PATCH", `webhook-endpoints/${endpointId}`, { enabled: false })).body).toMatchObject({ enabled: false, status: "disabled" });
    expect(await status()).toBe("held");
    expect((await send("POST", `webhook-endpoints/${endpointId}/test`)).status).toBe(409);
    await sql("UPDATE webhook_endpoint SET failing_since = now(), failure_warned_at = now() WHERE id = $1", [endpointId]);
    expect((await send("PATCH", `webhook-endpoints/${endpointId}`, { enabled: true })).body).toMatchObject({ enabled: true, status: "healthy" });
    expect(await status()).toBe("pending");
    expect((await sql("SELECT failing_since, failure_warned_at FROM webhook_endpoint WHERE id = $1", [endpointId]))[0]).toEqual({ failing_since: null, failure_warned_at: null });
    await send("DELETE", `webhook-endpoints/${endpointId}`);
    expect(await status()).toBe("cancelled");
  });

  test("a test event goes to one endpoint alone", async () => {
    await newTenant();
    const endpointId = await newEndpoint({ eventTypes: ["interview.*"] });
    await newEndpoint();
    const answer = await send("POST", `webhook-endpoints/${endpointId}/test`);
    expect([answer.status, answer.body.type]).toEqual([202, "webhook.test"]);
    expect((await deliveriesOf(answer.body.id)).map((delivery) => delivery.endpointId)).toEqual([endpointId]);
  });
});
