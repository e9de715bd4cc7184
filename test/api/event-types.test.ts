import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
let tenant: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});
afterAll(() => platform.stop());
beforeEach(async () => {
  made += 1;
  tenant = `tenant-${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
});

const send = (method: string, path: string, body?: unknown) => platform.request(method, `/v1/tenants/${tenant}/${path}`, body === undefined ? {} : { body });
const schema = { type: "object", required: ["id"], properties: { id: { type: "string" }, amount: { type: "object", properties: { value: { type: "integer" } } } } };

async function declare(body: Record<string, unknown> = {}) {
  const answer = await send("POST", "event-types", { name: "invoice.paid", schema, ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer;
}

const paths = (answer: { body: { errors: { path: string }[] } }): string[] => answer.body.errors.map((error) => error.path);

describe("event types", () => {
  test("are declared, read, listed and archived", async () => {
    const created = await declare({ description: "Paid", example: { id: "1" }, retrySchedule: ["5s", 60] });
    expect(created.headers.get("location")).toBe(`/v1/tenants/${tenant}/event-types/invoice.paid`);
    expect(created.body).toMatchObject({ name: "invoice.paid", version: 1, description: "Paid", schema, example: { id: "1" }, retrySchedule: [5, 60], archivedAt: null });
    expect((await send("POST", "event-types", { name: "invoice.paid" })).status).toBe(409);
    await declare({ name: "invoice.sent", schema: null });
    const read = await send("GET", "event-types/invoice.paid");
    expect(read.body).toMatchObject({ ...created.body, versions: [created.body] });
    expect((await send("GET", "event-types")).body.data.map((one: { name: string }) => one.name)).toEqual(["invoice.sent", "invoice.paid"]);
    const page = await send("GET", "event-types?limit=1");
    expect((await send("GET", `event-types?limit=1&cursor=${page.body.nextCursor}`)).body).toMatchObject({ data: [{ name: "invoice.paid" }], nextCursor: null });
    expect((await send("DELETE", "event-types/invoice.paid")).status).toBe(204);
    expect((await send("GET", "event-types")).body.data).toHaveLength(1);
    expect((await send("GET", "event-types?archived=true")).body.data).toMatchObject([{ name: "invoice.paid", archivedAt: expect.any(String) }]);
    expect((await send("PATCH", "event-types/invoice.paid", { description: "x" })).status).toBe(409);
    expect((await declare({ schema: { type: "object" } })).body).toMatchObject({ version: 2, description: null, archivedAt: null });
    const actions = (await send("GET", "audit-log?subjectId=invoice.paid")).body.data.map((entry: { action: string }) => entry.action);
    expect(actions).toEqual(["event_type.created", "event_type.archived", "event_type.created"]);
  });

  test("get a new version by a new schema, and only by one", async () => {
    await declare({ example: { id: "1" } });
    expect((await send("PATCH", "event-types/invoice.paid", { description: "Paid in full", retrySchedule: [9] })).body).toMatchObject({ version: 1, description: "Paid in full", retrySchedule: [9], schema });
    expect((await send("PATCH", "event-types/invoice.paid", { schema: { required: ["id"], properties: schema.properties, type: "object" } })).body.version).toBe(1);
    const stricter = { ...schema, required: ["id", "amount"] };
    const refused = await send("PATCH", "event-types/invoice.paid", { schema: stricter });
    expect([refused.status, ...paths(refused)]).toEqual([422, "/example/amount"]);
    const next = await send("PATCH", "event-types/invoice.paid", { schema: stricter, example: { id: "1", amount: { value: 1 } } });
    expect(next.body).toMatchObject({ version: 2, description: "Paid in full", retrySchedule: [9], schema: stricter });
    expect((await send("GET", "event-types/invoice.paid")).body.versions.map((one: { version: number; schema: unknown }) => [one.version, one.schema])).toEqual([[2, stricter], [1, schema]]);
    expect((await send("PATCH", "event-types/none.such", { description: "x" })).status).toBe(404);
  });

  test("are refused with the place of what is wrong", async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ name: "Invoice" }, "/name"],
      [{ schema: [] }, "/schema"],
      [{ schema: { type: "nothing" } }, "/schema/type"],
      [{ schema: { $ref: "https://example.com/x" } }, "/schema/$ref"],
      [{ schema: { pattern: "(a+)+" } }, "/schema/pattern"],
      [{ example: { id: 1 } }, "/example/id"],
      [{ example: {} }, "/example/id"],
      [{ retrySchedule: ["8d"] }, "/retrySchedule/0"],
      [{ surprise: 1 }, "/surprise"],
    ];
    for (const [fields, path] of wrong) {
      const answer = await send("POST", "event-types", { name: "invoice.paid", schema, ...fields });
      expect([answer.status, ...paths(answer)], JSON.stringify(answer.body)).toEqual([422, path]);
    }
    expect((await send("GET", "event-types")).body.data).toEqual([]);
  });

  test("ask for their own scopes", async () => {
    const reader = (await send("POST", "api-keys", { name: "reader", scopes: ["event-types:read"] })).body.secret;
    const url = `/v1/tenants/${tenant}/event-types`;
    expect((await platform.request("GET", url, { key: reader })).status).toBe(200);
    expect((await platform.request("POST", url, { key: reader, body: { name: "invoice.paid" } })).status).toBe(403);
  });
});

describe("published events", () => {
  const publish = (type: string, payload: Record<string, unknown>) => send("POST", "events", { type, payload });
  const count = async (): Promise<number> => (await send("GET", "events?limit=250")).body.data.length;

  test("must satisfy the newest schema of their type", async () => {
    expect((await publish("invoice.paid", { id: 1 })).status).toBe(202);
    await declare();
    const wrong = await publish("invoice.paid", { id: "1", amount: { value: 1.5 } });
    expect([wrong.status, ...paths(wrong)]).toEqual([422, "/payload/amount/value"]);
    expect(paths(await publish("invoice.paid", {}))).toEqual(["/payload/id"]);
    expect((await publish("invoice.paid", { id: "1" })).status).toBe(202);
    expect((await publish("invoice.other", { id: 1 })).status).toBe(202);
    await send("PATCH", "event-types/invoice.paid", { schema: { ...schema, required: ["amount"] } });
    expect(paths(await publish("invoice.paid", { id: "1" }))).toEqual(["/payload/amount"]);
    await send("DELETE", "event-types/invoice.paid");
    expect((await publish("invoice.paid", { id: 1 })).status).toBe(202);
    expect(await count()).toBe(4);
  });

  test("come in batches of which none is stored when one is wrong", async () => {
    await declare();
    const good = { type: "invoice.paid", payload: { id: "1" } };
    const answer = await send("POST", "events/batch", { events: [good, { ...good, payload: { id: 1 } }, good, { ...good, payload: {} }] });
    expect([answer.status, ...paths(answer)]).toEqual([422, "/events/1/payload/id", "/events/3/payload/id"]);
    expect(await count()).toBe(0);
    expect((await send("POST", "events/batch", { events: [good, good] })).status).toBe(202);
  });

  test("of undeclared types are refused by a strict tenant", async () => {
    await declare();
    const strict = await platform.request("PATCH", `/v1/tenants/${tenant}`, { body: { strictEventTypes: true } });
    expect(strict.body).toMatchObject({ id: tenant, name: tenant, strictEventTypes: true, eventRateLimit: null });
    const refused = await publish("invoice.other", {});
    expect([refused.status, ...paths(refused)]).toEqual([422, "/type"]);
    expect(paths(await send("POST", "events/batch", { events: [{ type: "invoice.paid", payload: { id: "1" } }, { type: "invoice.other", payload: {} }] }))).toEqual(["/events/1/type"]);
    expect((await publish("invoice.paid", { id: "1" })).status).toBe(202);
  });

  test("notice within a second what another process declared", async () => {
    expect((await publish("invoice.paid", {})).status).toBe(202);
    await platform.owner.query("INSERT INTO event_type (tenant_id, name, version, schema) VALUES ($1, 'invoice.paid', 1, $2)", [tenant, JSON.stringify(schema)]);
    await until("the declaration to be seen", () => publish("invoice.paid", {}), (answer) => answer.status === 422);
  });
});

describe("a tenant", () => {
  test("is changed, and the audit log says how", async () => {
    const url = `/v1/tenants/${tenant}`;
    expect((await platform.request("PATCH", url, { body: { name: " New name ", eventRateLimit: 500 } })).body).toMatchObject({ name: "New name", eventRateLimit: 500, strictEventTypes: false });
    expect((await platform.request("PATCH", url, { body: { eventRateLimit: null } })).body).toMatchObject({ name: "New name", eventRateLimit: null });
    expect((await platform.request("GET", url)).body).toMatchObject({ name: "New name", eventRateLimit: null });
    const [entry] = (await send("GET", "audit-log")).body.data;
    expect(entry).toMatchObject({ action: "tenant.updated", before: { eventRateLimit: 500 }, after: { eventRateLimit: null } });
    for (const body of [{ name: " " }, { eventRateLimit: 0 }, { strictEventTypes: 1 }, { id: "x" }]) expect((await platform.request("PATCH", url, { body })).status).toBe(422);
    const own = (await send("POST", "api-keys", { name: "own", scopes: ["tenants:write"] })).body.secret;
    expect((await platform.request("PATCH", url, { key: own, body: { eventRateLimit: 9 } })).status).toBe(403);
    expect((await platform.request("PATCH", url, { key: own, body: { name: "Own" } })).status).toBe(200);
  });
});
