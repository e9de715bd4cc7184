import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { echoOf, watchWith } from "../support/verifications.ts";
import { until } from "../support/wait.ts";

// A person's word comes before every timer: here all of them are set to an hour.

let platform: TestPlatform;
let tenant: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ env: { WEBHOOK_RETRY_SCHEDULE: "1h,2h", WEBHOOK_RECOVERY_SCHEDULE: "1h" } });
});
afterAll(() => platform?.stop());
beforeEach(async () => {
  made += 1;
  tenant = `manual-${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
});

const send = (method: string, path: string, body?: unknown) => platform.request(method, `/v1/tenants/${tenant}/${path}`, body === undefined ? {} : { body });
const answerWith = async (status: number) => {
  await fetch(`${platform.sandboxUrl}/_control/echo/${tenant}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status }) });
};
const publish = async (): Promise<string> => (await send("POST", "events", { type: "application.created", payload: {} })).body.id;
const deliveriesWhen = async (what: string, good: (all: { id: string; status: string; attempts: number }[]) => boolean) =>
  (await until(what, () => send("GET", "deliveries?limit=250"), ({ body }) => good(body.data))).body.data;
const hoursUntil = (time: string | null): number => (Date.parse(time ?? "") - Date.now()) / 3_600_000;

describe("to resend a delivery", () => {
  test("that waits for its next attempt makes it due now, and its schedule goes on from there", async () => {
    await watchWith(platform, tenant, tenant);
    await answerWith(500);
    await publish();
    const [{ id }] = await deliveriesWhen("the first attempt", ([one]) => one?.status === "retrying");
    const answer = await send("POST", `deliveries/${id}/retry`, {});
    expect([answer.status, answer.body.status]).toEqual([202, "pending"]);
    expect(hoursUntil(answer.body.nextAttemptAt)).toBeLessThan(0.5);
    await deliveriesWhen("the second attempt", ([one]) => one?.attempts === 2 && one.status === "retrying");
    const after = (await send("GET", `deliveries/${id}`)).body;
    // The wait before the third attempt, not once more the one before the second.
    expect(hoursUntil(after.nextAttemptAt)).toBeGreaterThan(1.5);
    await answerWith(200);
    await send("POST", `deliveries/${id}/retry`, {});
    await deliveriesWhen("its arrival", ([one]) => one?.attempts === 3 && one.status === "delivered");
    const entries = (await send("GET", `audit-log?subjectId=${id}`)).body.data.map((entry: { action: string }) => entry.action);
    expect(entries).toEqual(["delivery.retried", "delivery.retried"]);
  });

  test("that arrived sends it once more, with the same id", async () => {
    await watchWith(platform, tenant, tenant);
    const eventId = await publish();
    const [{ id }] = await deliveriesWhen("its arrival", ([one]) => one?.status === "delivered");
    await send("POST", `deliveries/${id}/retry`, {});
    const arrived = await until("the second arrival", () => echoOf(platform, tenant), (all) => all.length === 2);
    expect(arrived.map(({ headers, verified }) => [headers["webhook-id"], verified])).toEqual([[eventId, true], [eventId, true]]);
  });

  test("that is held for a sick endpoint tries the endpoint at once, and all that was held follows", async () => {
    const { id: endpointId } = await watchWith(platform, tenant, tenant);
    await answerWith(500);
    // Until its breaker is open.
    await until("the breaker", async () => (await publish(), (await send("GET", `webhook-endpoints/${endpointId}`)).body.status), (status) => status === "degraded");
    await publish();
    const held = await deliveriesWhen("all to be held", (all) => all.every(({ status }) => status === "held"));
    await until("the recovery", () => send("GET", "runs?kind=webhook_recovery"), ({ body }) => body.data[0]?.nextTimer !== null && body.data[0] !== undefined);
    await answerWith(200);
    // The newest: it does not overtake those that came before it.
    const answer = await send("POST", `deliveries/${held[0].id}/retry`, {});
    expect([answer.status, answer.body.status]).toEqual([202, "held"]);
    await deliveriesWhen("all to arrive", (all) => all.length === held.length && all.every(({ status }) => status === "delivered"));
  });

  test("at a disabled endpoint is refused", async () => {
    const { id: endpointId } = await watchWith(platform, tenant, tenant);
    await publish();
    const [{ id }] = await deliveriesWhen("its arrival", ([one]) => one?.status === "delivered");
    await send("PATCH", `webhook-endpoints/${endpointId}`, { enabled: false });
    expect((await send("POST", `deliveries/${id}/retry`, {})).body.code).toBe("illegal_state");
  });
});

test("to route an event again reaches an endpoint that came after it, and the earlier one as well", async () => {
  const { id: first } = await watchWith(platform, tenant, tenant);
  const eventId = await publish();
  const [{ id: delivery }] = await deliveriesWhen("its arrival", ([one]) => one?.status === "delivered");
  const second = (await send("POST", "webhook-endpoints", { url: `${platform.sandboxUrl}/echo/${tenant}-late` })).body.id;
  // Resending stays with the one endpoint.
  await send("POST", `deliveries/${delivery}/retry`, {});
  await until("the second arrival", () => echoOf(platform, tenant), (all) => all.length === 2);
  expect((await deliveriesWhen("one delivery", () => true)).map((one: { endpointId: string }) => one.endpointId)).toEqual([first]);
  expect((await send("POST", `events/${eventId}/replay`, {})).status).toBe(202);
  await until("the third arrival", () => echoOf(platform, tenant), (all) => all.length === 3);
  await until("the late endpoint", () => echoOf(platform, `${tenant}-late`), (all) => all.length === 1);
  const routed = await deliveriesWhen("two deliveries", (all) => all.length === 2);
  expect(new Set(routed.map((one: { endpointId: string }) => one.endpointId))).toEqual(new Set([first, second]));
});
