import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endpointRecoveryWorkflowId } from "../../src/domain/workflow-ids.ts";
import { tidyShard } from "../../src/webhooks/outbound/breaker-upkeep.ts";
import { recordHistory } from "../support/histories.ts";
import { startReceiver, type Receiver, type ReceiverAnswer } from "../support/local-receiver.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";
import { echoOf, watchWith } from "../support/verifications.ts";

let platform: TestPlatform;
let count = 0;
let tenant = "";
let echo = "";

const retryScheduleMs = [100, 200, 300, 1_000, 2_000, 4_000];
const quickScheduleMs = [300, 400, 600, 1_000, 2_000];

beforeAll(async () => {
  platform = await startPlatform({ env: { WEBHOOK_TIMEOUT_MS: "1000" } });
});
afterAll(() => platform?.stop());
beforeEach(async () => {
  count += 1;
  [tenant, echo] = [`t${count}`, `host${count}`];
  platform.platform.config.recoveryScheduleMs = quickScheduleMs;
  platform.platform.config.webhookRetryScheduleMs = retryScheduleMs;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
});

async function answerWith(status: number): Promise<void> {
  await fetch(`${platform.sandboxUrl}/_control/echo/${echo}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status }) });
}

async function send(howMany: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < howMany; n += 1) {
    const answer = await platform.request("POST", `/v1/tenants/${tenant}/events`, { body: { type: "application.created", payload: { n } } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    ids.push(answer.body.id);
  }
  return ids;
}

async function statuses(): Promise<Record<string, number>> {
  const { body } = await platform.request("GET", `/v1/tenants/${tenant}/deliveries?limit=250`);
  const seen: Record<string, number> = {};
  for (const { status } of body.data as { status: string }[]) seen[status] = (seen[status] ?? 0) + 1;
  return seen;
}

// oxlint-disable-next-line typescript/no-explicit-any
async function runOf(endpointId: string): Promise<any> {
  return (await platform.request("GET", `/v1/tenants/${tenant}/runs/${encodeURIComponent(endpointRecoveryWorkflowId(endpointId))}`)).body;
}

async function endpointStatus(endpointId: string): Promise<string> {
  return (await platform.request("GET", `/v1/tenants/${tenant}/webhook-endpoints/${endpointId}`)).body.status;
}

/** An endpoint that fails until its breaker is open and every delivery is held. */
async function outage(howMany: number): Promise<{ endpointId: string; ids: string[] }> {
  const { id: endpointId } = await watchWith(platform, tenant, echo);
  await answerWith(500);
  const ids = await send(howMany);
  await until("all to be held", statuses, (seen) => seen["held"] === howMany);
  expect(await endpointStatus(endpointId)).toBe("degraded");
  return { endpointId, ids };
}

async function expectAllDelivered(endpointId: string, ids: string[]): Promise<void> {
  await until("all to be delivered", statuses, (seen) => seen["delivered"] === ids.length);
  const received = new Set((await echoOf(platform, echo)).map((one) => one.headers["webhook-id"]));
  expect(ids.filter((id) => !received.has(id))).toEqual([]);
  await until("the endpoint", () => endpointStatus(endpointId), (status) => status === "healthy");
}

describe("a receiver that fails for many deliveries in a row", () => {
  it("has one run; everything waits for it and goes out at a rising rate when it is back", async () => {
    const { endpointId, ids } = await outage(60);
    const open = await platform.request("GET", `/v1/tenants/${tenant}/runs?kind=webhook_recovery`);
    expect(open.body.data).toHaveLength(1);
    const told = await until("a failed probe", () => runOf(endpointId), (run) => run.problem?.includes("status 500"));
    expect(told).toMatchObject({ status: "running", step: "Waiting to probe the endpoint", subjectId: endpointId, closedAt: null });
    expect(told.nextTimer).not.toBeNull();
    await answerWith(204);
    await expectAllDelivered(endpointId, ids);
    expect(await until("the run's end", () => runOf(endpointId), (run) => run.closedAt !== null)).toMatchObject({ status: "completed", problem: null, nextTimer: null });
    await expect(platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId)).result()).resolves.toEqual({ outcome: "recovered" });
    const { historyLength } = await platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId)).describe();
    expect(historyLength).toBeLessThanOrEqual(120);
    await recordHistory(platform, endpointRecoveryWorkflowId(endpointId), "recover-endpoint-drain");
  });

  it("is probed at once when an operator asks for it, and a later outage starts a run again", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await outage(24);
    const path = `/v1/tenants/${tenant}/runs/${encodeURIComponent(endpointRecoveryWorkflowId(endpointId))}/retry-now`;
    await answerWith(204);
    expect((await platform.request("POST", path, { body: {} })).status).toBe(202);
    await expectAllDelivered(endpointId, ids);
    const closed = await until("the run's end", () => runOf(endpointId), (run) => run.closedAt !== null);
    await answerWith(500);
    await send(24);
    const again = await until("the second run", () => runOf(endpointId), (run) => run.closedAt === null);
    expect(again.createdAt > closed.closedAt).toBe(true);
    await until("it runs", () => platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId)).describe(), (found) => found.status.name === "RUNNING");
  });

  it("loses nothing when the worker goes away in the middle", async () => {
    const { endpointId, ids } = await outage(30);
    await platform.stopWorker();
    await answerWith(204);
    await platform.startWorker();
    await expectAllDelivered(endpointId, ids);
  });

  it("gets its run back when an operator terminated it", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await outage(24);
    const handle = platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId));
    await until("it runs", () => runOf(endpointId), (run) => run.nextTimer !== null);
    await handle.terminate("operator");
    await answerWith(204);
    platform.platform.config.recoveryScheduleMs = quickScheduleMs;
    const pool = platform.owner;
    await pool.query("UPDATE run SET updated_at = now() - interval '2 minutes' WHERE subject_id = $1", [endpointId]);
    await pool.query("UPDATE webhook_endpoint SET updated_at = now() - interval '2 minutes' WHERE id = $1", [endpointId]);
    for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
    await expectAllDelivered(endpointId, ids);
  });

  it("is its owner's again when a person disables and enables it", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await outage(24);
    await until("it waits", () => runOf(endpointId), (run) => run.nextTimer !== null);
    const path = `/v1/tenants/${tenant}/webhook-endpoints/${endpointId}`;
    await platform.request("PATCH", path, { body: { enabled: false } });
    await answerWith(204);
    await platform.request("PATCH", path, { body: { enabled: true } });
    await expectAllDelivered(endpointId, ids);
    await until("the run's end", () => runOf(endpointId), (run) => run.closedAt !== null);
  });

  it("gets its deliveries back when the run is cancelled", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await outage(24);
    await answerWith(204);
    await platform.request("POST", `/v1/tenants/${tenant}/runs/${encodeURIComponent(endpointRecoveryWorkflowId(endpointId))}/cancel`, { body: {} });
    await expectAllDelivered(endpointId, ids);
    expect((await runOf(endpointId)).status).toBe("cancelled");
  });
});

describe("a recovery", () => {
  let receiver: Receiver;
  let answer: (nth: number) => ReceiverAnswer;
  beforeEach(async () => {
    answer = () => ({ status: 500 });
    receiver = await startReceiver(() => answer(receiver.arrivals.length));
  });
  afterEach(() => receiver.close());

  /** As `outage`, at a receiver whose answers the test decides one by one. */
  async function scriptedOutage(howMany: number): Promise<{ endpointId: string; ids: string[] }> {
    const { id: endpointId } = (await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url: receiver.url } })).body;
    const ids = await send(howMany);
    await until("all to be held", statuses, (seen) => seen["held"] === howMany);
    return { endpointId, ids };
  }

  const waitingRun = (endpointId: string) => until("it waits", () => runOf(endpointId), (run) => run.nextTimer !== null);
  const closedRun = (endpointId: string) => until("the run's end", () => runOf(endpointId), (run) => run.closedAt !== null);
  const takesAll = () => until("all to be delivered", statuses, (seen) => Object.keys(seen).join() === "delivered");

  it("comes back no sooner than the probe's answer asks", async () => {
    const { endpointId } = await scriptedOutage(24);
    const seen = receiver.arrivals.length;
    answer = (nth) => (nth === seen + 1 ? { status: 503, headers: { "retry-after": "3" } } : { status: 204 });
    const told = await until("the probe's answer", () => runOf(endpointId), (run) => run.problem?.includes("status 503"));
    expect(Date.parse(told.nextTimer)).toBeGreaterThanOrEqual((receiver.arrivals[seen]?.at ?? Infinity) + 2_900);
    await takesAll();
    expect((receiver.arrivals[seen + 1]?.at ?? 0) - (receiver.arrivals[seen]?.at ?? 0)).toBeGreaterThanOrEqual(2_900);
  });

  it("ends with the endpoint disabled when a probe is answered 410, and what waits stays held", async () => {
    const { endpointId } = await scriptedOutage(24);
    answer = () => ({ status: 410 });
    expect(await closedRun(endpointId)).toMatchObject({ status: "failed", step: "The endpoint was disabled" });
    expect(await endpointStatus(endpointId)).toBe("disabled");
    await expect(statuses()).resolves.toEqual({ held: 24 });
    const events = (await platform.request("GET", `/v1/tenants/${tenant}/events?type=endpoint.disabled`)).body.data;
    expect(events.filter((event: { type: string }) => event.type === "endpoint.disabled")).toHaveLength(1);
  });

  it("goes back to waiting when the drain meets a failure, and holds the rest", async () => {
    const { endpointId, ids } = await scriptedOutage(60);
    const probe = receiver.arrivals.length;
    const handle = platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId));
    // The probe, the first second's ten and some of the next are taken.
    answer = (nth) => ({ status: nth <= probe + 15 ? 204 : 500 });
    const told = await until("the failure in the drain", () => runOf(endpointId), (run) => receiver.arrivals.length > probe + 15 && run.step === "Waiting to probe the endpoint");
    expect(told).toMatchObject({ status: "running", closedAt: null });
    expect(await endpointStatus(endpointId)).toBe("degraded");
    await expect(statuses()).resolves.toEqual({ delivered: 15, held: 45 });
    const row = await platform.platform.db.tenantTransaction(tenant, (tx) => tx.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } }));
    expect(row.failingSince?.getTime(), "another outage began").toBeGreaterThanOrEqual(receiver.arrivals[probe]?.at ?? Infinity);
    answer = () => ({ status: 204 });
    await handle.signal("retryRequested", { type: "system" });
    await takesAll();
    expect(new Set(receiver.arrivals.map((one) => one.id)).size).toBe(ids.length);
    expect(await closedRun(endpointId)).toMatchObject({ status: "completed" });
  });

  it("probes at once with the delivery that a person retries, not with the oldest", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await scriptedOutage(24);
    await waitingRun(endpointId);
    const newest = (await platform.request("GET", `/v1/tenants/${tenant}/deliveries?limit=1`)).body.data[0];
    expect(newest.eventId).toBe(ids.at(-1));
    const seen = receiver.arrivals.length;
    answer = () => ({ status: 204 });
    const retried = await platform.request("POST", `/v1/tenants/${tenant}/deliveries/${newest.id}/retry`, { body: {} });
    expect([retried.status, retried.body.status]).toEqual([202, "held"]);
    await takesAll();
    expect(receiver.arrivals[seen]?.id).toBe(ids.at(-1));
    expect(await closedRun(endpointId)).toMatchObject({ status: "completed" });
  });

  it("gives the deliveries back when its run is cancelled in Temporal", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId } = await scriptedOutage(24);
    await waitingRun(endpointId);
    answer = () => ({ status: 204 });
    const handle = platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId));
    await handle.cancel();
    await expect(handle.result()).resolves.toEqual({ outcome: "cancelled" });
    await takesAll();
    expect(await endpointStatus(endpointId)).toBe("healthy");
    expect(await runOf(endpointId)).toMatchObject({ status: "cancelled", nextTimer: null });
  });
});

it("lets a delivery fail through its whole schedule, attempt by attempt, without opening the breaker", async () => {
  const waits = [100, 150, 200, 250, 300, 350, 400, 450, 500];
  platform.platform.config.webhookRetryScheduleMs = waits;
  const { id: endpointId } = await watchWith(platform, tenant, echo);
  await answerWith(500);
  await send(3);
  await until("three failures", () => platform.platform.db.tenantTransaction(tenant, (tx) => tx.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } })), (row) => row.consecutiveFailures === 3);
  // One more first attempt would open it; all the retries do not.
  await platform.owner.query("UPDATE webhook_endpoint SET consecutive_failures = 19 WHERE id = $1", [endpointId]);
  await until("all to fail", statuses, (seen) => seen["failed"] === 3);
  expect(await endpointStatus(endpointId)).toBe("healthy");
  const { rows } = await platform.owner.query<{ times: Date[] }>("SELECT array_agg(at ORDER BY number) AS times FROM delivery_attempt WHERE tenant_id = $1 GROUP BY delivery_id", [tenant]);
  for (const { times } of rows) {
    expect(times).toHaveLength(10);
    const early = waits.filter((wait, n) => (times[n + 1]?.getTime() ?? NaN) - (times[n]?.getTime() ?? NaN) < wait * 0.88 - 1);
    expect(early).toEqual([]);
  }
  expect(rows).toHaveLength(3);
});

it("leaves a receiver alone until the time that it names, and counts all that it turned away as one failure", async () => {
  let busy = true;
  const receiver = await startReceiver(() => (busy ? { status: 429, headers: { "retry-after": "3" } } : { status: 200 }));
  const { arrivals } = receiver;
  try {
    const { id: endpointId } = (await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url: receiver.url } })).body;
    await send(5);
    const row = await until("the pause", () => platform.platform.db.tenantTransaction(tenant, (tx) => tx.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } })), (found) => found.slowUntil !== null);
    expect(row).toMatchObject({ status: "healthy", consecutiveFailures: 1 });
    const turnedAway = arrivals.length;
    busy = false;
    await until("all to be delivered", statuses, (seen) => seen["delivered"] === 5);
    const next = arrivals.find(({ at }, index) => index >= turnedAway && at > (arrivals[turnedAway - 1]?.at ?? 0) + 1_000)?.at ?? 0;
    expect(next).toBeGreaterThanOrEqual((row.slowUntil as Date).getTime() - 100);
  } finally {
    receiver.close();
  }
});

it("shows a delivery that waited past its deadline as expired", async () => {
  platform.platform.config.recoveryScheduleMs = [3_600_000];
  await outage(24);
  const pool = platform.owner;
  await pool.query("UPDATE webhook_delivery SET created_at = now() - interval '8 days' WHERE id = (SELECT min(id) FROM webhook_delivery WHERE tenant_id = $1)", [tenant]);
  await pool.query("UPDATE webhook_delivery SET expires_at = now() WHERE id = (SELECT max(id) FROM webhook_delivery WHERE tenant_id = $1)", [tenant]);
  for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
  await expect(statuses()).resolves.toEqual({ held: 22, expired: 2 });
});
