import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { echoOf } from "../support/verifications.ts";
import { until } from "../support/wait.ts";

// What an endpoint gets, and with which words: channels, filters, thin payloads, secret headers, waits by event type.

let platform: TestPlatform;
let tenant: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ env: { WEBHOOK_RETRY_SCHEDULE: "1h" } });
});
afterAll(() => platform?.stop());
beforeEach(async () => {
  made += 1;
  tenant = `content-${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
});

const send = (method: string, path: string, body?: unknown) => platform.request(method, `/v1/tenants/${tenant}/${path}`, body === undefined ? {} : { body });
const echoName = (name: string): string => `${tenant}-${name}`;

async function newEndpoint(name: string, fields: Record<string, unknown> = {}, rules: Record<string, unknown> = {}): Promise<string> {
  const answer = await send("POST", "webhook-endpoints", { url: `${platform.sandboxUrl}/echo/${echoName(name)}`, ...fields });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  const body = JSON.stringify({ secret: answer.body.secret, ...rules });
  await fetch(`${platform.sandboxUrl}/_control/echo/${echoName(name)}`, { method: "PUT", headers: { "content-type": "application/json" }, body });
  return answer.body.id;
}

async function publish(event: Record<string, unknown>): Promise<string> {
  const answer = await send("POST", "events", { type: "invoice.paid", payload: {}, ...event });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

const endpointsOf = async (eventId: string): Promise<string[]> => (await send("GET", `deliveries?eventId=${eventId}`)).body.data.map((one: { endpointId: string }) => one.endpointId).toSorted();
const received = (name: string, many = 1) => until(`${name} to get ${many}`, () => echoOf(platform, echoName(name)), (all) => all.length >= many);
const faults = (answer: { status: number; body: { errors: { path: string }[] } }) => [answer.status, ...answer.body.errors.map((error) => error.path)];

describe("an event", () => {
  test("reaches endpoints by its channels", async () => {
    const all = await newEndpoint("all");
    const berlin = await newEndpoint("berlin", { channels: ["berlin", "site:1"] });
    const rome = await newEndpoint("rome", { channels: ["rome"] });
    const some = await publish({ channels: ["site:1", "paris"] });
    expect(await endpointsOf(some)).toEqual([all, berlin].toSorted());
    expect(await endpointsOf(await publish({}))).toEqual([all]);
    expect(await endpointsOf(await publish({ channels: ["rome", "berlin"] }))).toEqual([all, berlin, rome].toSorted());
    expect((await send("GET", `events/${some}`)).body.channels).toEqual(["site:1", "paris"]);
    await send("PATCH", `webhook-endpoints/${rome}`, { channels: ["paris"] });
    await send("POST", `events/${some}/replay`);
    expect(await endpointsOf(some)).toEqual([all, berlin, rome].toSorted());
    expect(faults(await send("POST", "events", { type: "invoice.paid", payload: {}, channels: ["a b"] }))).toEqual([422, "/channels/0"]);
    expect(faults(await send("POST", "events", { type: "invoice.paid", payload: {}, channels: Array.from({ length: 11 }, () => "a") }))).toEqual([422, "/channels"]);
  });

  test("keeps its channels under its own id", async () => {
    const event = { id: "invoice-1", channels: ["NULL", "b"] };
    await publish(event);
    await publish(event);
    expect((await send("POST", "events", { type: "invoice.paid", payload: {}, id: "invoice-1", channels: ["b"] })).status).toBe(409);
    expect((await send("GET", "events/invoice-1")).body.channels).toEqual(["NULL", "b"]);
  });

  test("reaches endpoints by their filters, alone and in a batch", async () => {
    const large = await newEndpoint("large", { filter: { "data.amount.value": { $gte: 100 } } });
    const paid = await newEndpoint("paid", { filter: { $or: [{ type: "invoice.paid" }, { "data.urgent": true }] } });
    expect(await endpointsOf(await publish({ payload: { amount: { value: 100 } } }))).toEqual([large, paid].toSorted());
    expect(await endpointsOf(await publish({ type: "invoice.sent", payload: { amount: { value: 99 } } }))).toEqual([]);
    const batch = await send("POST", "events/batch", { events: [1, 1000].map((value) => ({ type: "invoice.sent", payload: { amount: { value } } })) });
    expect(await Promise.all(batch.body.data.map((event: { id: string }) => endpointsOf(event.id)))).toEqual([[], [large]]);
    await send("PATCH", `webhook-endpoints/${large}`, { filter: null });
    expect((await send("GET", `webhook-endpoints/${large}`)).body.filter).toBeNull();
    expect(await endpointsOf(await publish({ payload: {} }))).toEqual([large, paid].toSorted());
  });

  test("waits as its type says, unless the endpoint has waits of its own", async () => {
    await send("POST", "event-types", { name: "invoice.paid", retrySchedule: [1] });
    const own = await newEndpoint("own", { retrySchedule: [3600] }, { status: 500 });
    await newEndpoint("typed", {}, { failFirst: 1 });
    const id = await publish({});
    expect((await received("typed", 2)).map((one) => one.headers["webhook-id"])).toEqual([id, id]);
    const { body } = await until("the first attempt", () => send("GET", `deliveries?endpointId=${own}`), (answer) => answer.body.data[0].status === "retrying");
    expect(new Date(body.data[0].nextAttemptAt).getTime()).toBeGreaterThan(Date.now() + 1_800_000);
  });
});

describe("an endpoint", () => {
  test("in thin mode gets the event's id for data, signed", async () => {
    await newEndpoint("thin", { payloadMode: "thin" });
    const id = await publish({ payload: { secret: "candidate" } });
    const [one] = await received("thin");
    expect(one).toMatchObject({ verified: true, body: { type: "invoice.paid", data: { eventId: id } } });
    expect(JSON.stringify(one?.body)).not.toContain("candidate");
  });

  test("gets its secret headers, which nothing shows again", async () => {
    const value = "very-secret-value-42";
    const id = await newEndpoint("secret", { headers: { "x-plain": "plain" }, secretHeaders: { "X-Token": value } });
    await publish({});
    expect((await received("secret"))[0]?.headers).toMatchObject({ "x-plain": "plain", "x-token": value });
    await send("PATCH", `webhook-endpoints/${id}`, { description: "changed" });
    const read = await send("GET", `webhook-endpoints/${id}`);
    expect(read.body.secretHeaders).toEqual({ "X-Token": "••••" });
    const shown = [read, await send("GET", "webhook-endpoints"), await send("GET", `audit-log?subjectId=${id}`), await send("GET", "deliveries")];
    expect(JSON.stringify(shown.map((answer) => answer.body))).not.toContain(value);
    const { rows } = await platform.owner.query("SELECT * FROM webhook_endpoint WHERE id = $1", [id]);
    expect(Buffer.from(rows[0].secret_headers).includes(value)).toBe(false);
    const second = "another-secret-value";
    expect((await send("PATCH", `webhook-endpoints/${id}`, { secretHeaders: { "x-other": second } })).body.secretHeaders).toEqual({ "x-other": "••••" });
    await publish({});
    const last = (await received("secret", 2)).at(-1);
    expect([last?.headers["x-other"], last?.headers["x-token"]]).toEqual([second, undefined]);
    expect((await send("PATCH", `webhook-endpoints/${id}`, { secretHeaders: null })).body.secretHeaders).toEqual({});
  });

  test("is refused with the place of what is wrong", async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ channels: [""] }, "/channels/0"],
      [{ filter: [] }, "/filter"],
      [{ filter: { "data.a": { $regex: "x" } } }, "/filter/data.a/$regex"],
      [{ filter: { $and: [{ type: "a.b" }, { other: 1 }] } }, "/filter/$and/1/other"],
      [{ payloadMode: "slim" }, "/payloadMode"],
      [{ secretHeaders: { "webhook-id": "x" } }, "/secretHeaders/webhook-id"],
      [{ secretHeaders: { "x-a": "a\r\nb" } }, "/secretHeaders/x-a"],
    ];
    const id = await newEndpoint("kept");
    for (const [fields, path] of wrong) {
      expect(faults(await send("POST", "webhook-endpoints", { url: `${platform.sandboxUrl}/echo/x`, ...fields })), JSON.stringify(fields)).toEqual([422, path]);
      expect(faults(await send("PATCH", `webhook-endpoints/${id}`, fields)), JSON.stringify(fields)).toEqual([422, path]);
    }
    expect((await send("GET", `webhook-endpoints/${id}`)).body).toMatchObject({ channels: [], filter: null, payloadMode: "full", secretHeaders: {} });
  });
});
