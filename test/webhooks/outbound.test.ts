import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { dispatchWorkflowId, relayInboundWorkflowId, relayOutboxWorkflowId } from "../../src/domain/workflow-ids.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";
import { echoOf, watchWith } from "../support/verifications.ts";

let platform: TestPlatform;
let echo = "";
let count = 0;

beforeAll(async () => {
  platform = await startPlatform({ env: { WEBHOOK_TIMEOUT_MS: "1000", WEBHOOK_RETRY_SCHEDULE: "100ms,200ms,300ms" } });
});
afterAll(() => platform?.stop());
beforeEach(() => {
  count += 1;
  echo = `host${count}`;
});

/** A tenant of its own for each test, with one endpoint at the sandbox's echo. */
async function tenantWithEndpoint(echoRules: Record<string, unknown> = {}, endpoint: Record<string, unknown> = {}): Promise<{ tenant: string; endpointId: string; secret: string }> {
  const tenant = `t${count}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
  const created = await watchWith(platform, tenant, echo);
  const secret = (created as unknown as { secret: string }).secret;
  await fetch(`${platform.sandboxUrl}/_control/echo/${echo}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ secret, ...echoRules }) });
  if (Object.keys(endpoint).length > 0) await platform.request("PATCH", `/v1/tenants/${tenant}/webhook-endpoints/${created.id}`, { body: endpoint });
  return { tenant, endpointId: created.id, secret };
}

async function send(tenant: string, payload: Record<string, unknown> = { n: 1 }): Promise<string> {
  const answer = await platform.request("POST", `/v1/tenants/${tenant}/events`, { body: { type: "application.created", payload } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

// oxlint-disable-next-line typescript/no-explicit-any
async function delivery(tenant: string, good: (value: any) => boolean): Promise<any> {
  const list = await until("the delivery", () => platform.request("GET", `/v1/tenants/${tenant}/deliveries`), (answer) => answer.body.data.length > 0 && good(answer.body.data[0]));
  return (await platform.request("GET", `/v1/tenants/${tenant}/deliveries/${list.body.data[0].id}`)).body;
}

describe("an outbound webhook", () => {
  it("arrives once, signed, with the payload as it was written", async () => {
    const { tenant } = await tenantWithEndpoint();
    const id = await send(tenant, { z: 1, a: { "2": "two", "1": "one" }, text: "é\u2028😀" });
    const done = await delivery(tenant, (value) => value.status === "delivered");
    expect(done).toMatchObject({ eventId: id, status: "delivered", attemptCount: 1, lastStatusCode: 200 });
    const received = await echoOf(platform, echo);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ verified: true, body: { type: "application.created", data: { z: 1, text: "é\u2028😀" } } });
    expect(received[0]?.headers["webhook-id"]).toBe(id);
    expect(received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
  });

  it("is tried again by the schedule under the same id, and every attempt is recorded", async () => {
    const { tenant } = await tenantWithEndpoint({ failFirst: 2 });
    const id = await send(tenant);
    const done = await delivery(tenant, (value) => value.status === "delivered");
    expect(done.attempts).toHaveLength(3);
    expect(done.attempts.map((attempt: { statusCode: number }) => attempt.statusCode)).toEqual([500, 500, 200]);
    const received = await echoOf(platform, echo);
    expect(received.map((one) => one.headers["webhook-id"])).toEqual([id, id, id]);
  });

  it("fails visibly when the schedule is used up, and can be sent again by hand", async () => {
    const { tenant } = await tenantWithEndpoint({ status: 503 });
    await send(tenant);
    const failed = await delivery(tenant, (value) => value.status === "failed");
    expect(failed).toMatchObject({ attemptCount: 4, nextAttemptAt: null, lastStatusCode: 503 });
    const [endpoint] = (await platform.request("GET", `/v1/tenants/${tenant}/webhook-endpoints`)).body.data;
    expect(endpoint).toMatchObject({ status: "healthy", enabled: true });
    await fetch(`${platform.sandboxUrl}/_control/echo/${echo}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: 204 }) });
    expect((await platform.request("POST", `/v1/tenants/${tenant}/deliveries/${failed.id}/retry`, { body: {} })).status).toBe(202);
    await delivery(tenant, (value) => value.status === "delivered");
    expect((await platform.request("GET", `/v1/tenants/${tenant}/webhook-endpoints`)).body.data[0].status).toBe("healthy");
  });

  it("stops at 410: the endpoint is disabled and what waits is held", async () => {
    const { tenant } = await tenantWithEndpoint({ status: 410 });
    await send(tenant);
    await delivery(tenant, (value) => value.status === "held");
    const endpoint = await until("the endpoint", () => platform.request("GET", `/v1/tenants/${tenant}/webhook-endpoints`), (answer) => answer.body.data[0].enabled === false);
    expect(endpoint.body.data[0].status).toBe("disabled");
  });

  it("times out on a receiver that hangs, and does not slow another", async () => {
    const { tenant } = await tenantWithEndpoint({ delayMs: 30_000 });
    const quick = `quick${count}`;
    await watchWith(platform, tenant, quick);
    for (let n = 0; n < 20; n += 1) await send(tenant, { n });
    await until("the quick endpoint", () => echoOf(platform, quick), (all) => all.length === 20);
    const list = await platform.request("GET", `/v1/tenants/${tenant}/deliveries?limit=250`);
    expect(list.body.data.filter((one: { status: string }) => one.status === "delivered")).toHaveLength(20);
    const slow = await until("a time-out", () => platform.request("GET", `/v1/tenants/${tenant}/deliveries?limit=250`), (answer) => answer.body.data.some((one: { lastError: string | null }) => one.lastError === "timeout"));
    expect(slow.status).toBe(200);
  });

  it("carries both signatures while a secret is being rotated", async () => {
    const { tenant, endpointId, secret } = await tenantWithEndpoint();
    const rotated = await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints/${endpointId}/secret/rotate`, { body: { overlapSeconds: 3600 } });
    await send(tenant);
    await delivery(tenant, (value) => value.status === "delivered");
    const [received] = await echoOf(platform, echo);
    expect(received?.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(received?.verified).toBe(true);
    for (const key of [secret, rotated.body.secret as string]) {
      const [event] = (await platform.request("GET", `/v1/tenants/${tenant}/events`)).body.data;
      const stored = (await platform.request("GET", `/v1/tenants/${tenant}/events/${event.id}`)).body;
      const body = JSON.stringify({ type: stored.type, timestamp: stored.createdAt, data: stored.payload });
      expect(() => new Webhook(key).verify(body, received?.headers ?? {})).not.toThrow();
    }
  });

  it("is taken over when the worker that held it is gone", async () => {
    const { tenant } = await tenantWithEndpoint();
    await platform.stopWorker();
    await send(tenant);
    // As a killed worker leaves it: leased, and nobody renews.
    await platform.owner.query("UPDATE webhook_delivery SET lease_until = now() + interval '1 second', lease_token = gen_random_uuid() WHERE tenant_id = $1", [tenant]);
    await platform.startWorker();
    await delivery(tenant, (value) => value.status === "delivered");
  });

  it("goes only to the endpoints that want its type", async () => {
    const { tenant, endpointId } = await tenantWithEndpoint({}, { eventTypes: ["invoice.*"] });
    await send(tenant);
    const other = await platform.request("POST", `/v1/tenants/${tenant}/events`, { body: { type: "invoice.paid", payload: {} } });
    const done = await delivery(tenant, (value) => value.status === "delivered");
    expect(done).toMatchObject({ eventId: other.body.id, endpointId });
    expect((await platform.request("GET", `/v1/tenants/${tenant}/deliveries`)).body.data).toHaveLength(1);
  });

  it("leaves histories of its endless runs to replay", async () => {
    for (const workflowId of [dispatchWorkflowId(0), relayInboundWorkflowId, relayOutboxWorkflowId]) {
      const description = await platform.platform.temporal.client.workflow.getHandle(workflowId).describe();
      expect(description.status.name).toBe("RUNNING");
      await recordHistory(platform, workflowId, workflowId.split("/")[0] ?? workflowId);
    }
  });
});
