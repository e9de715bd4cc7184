import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endpointRecoveryWorkflowId } from "../../src/domain/workflow-ids.ts";
import { tidyShard } from "../../src/webhooks/outbound/breaker-upkeep.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";
import { echoOf, watchWith } from "../support/verifications.ts";

let platform: TestPlatform;
let count = 0;
let tenant = "";
let echo = "";

const quickScheduleMs = [300, 400, 600, 1_000, 2_000];

beforeAll(async () => {
  platform = await startPlatform({ env: { WEBHOOK_TIMEOUT_MS: "1000", WEBHOOK_RETRY_SCHEDULE: "100ms,200ms,300ms,1s,2s,4s", WEBHOOK_RECOVERY_SCHEDULE: "300ms,400ms,600ms,1s,2s" } });
});
afterAll(() => platform?.stop());
beforeEach(async () => {
  count += 1;
  [tenant, echo] = [`t${count}`, `host${count}`];
  platform.platform.config.recoveryScheduleMs = quickScheduleMs;
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

describe("a receiver that fails eight times in a row", () => {
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
    const { endpointId, ids } = await outage(12);
    const path = `/v1/tenants/${tenant}/runs/${encodeURIComponent(endpointRecoveryWorkflowId(endpointId))}/retry-now`;
    await answerWith(204);
    expect((await platform.request("POST", path, { body: {} })).status).toBe(202);
    await expectAllDelivered(endpointId, ids);
    const closed = await until("the run's end", () => runOf(endpointId), (run) => run.closedAt !== null);
    await answerWith(500);
    await send(12);
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
    const { endpointId, ids } = await outage(12);
    const handle = platform.platform.temporal.client.workflow.getHandle(endpointRecoveryWorkflowId(endpointId));
    await until("it runs", () => runOf(endpointId), (run) => run.nextTimer !== null);
    await handle.terminate("operator");
    await answerWith(204);
    platform.platform.config.recoveryScheduleMs = quickScheduleMs;
    const { pool } = platform.platform.db;
    await pool.query("UPDATE run SET updated_at = now() - interval '2 minutes' WHERE subject_id = $1", [endpointId]);
    await pool.query("UPDATE webhook_endpoint SET updated_at = now() - interval '2 minutes' WHERE id = $1", [endpointId]);
    for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
    await expectAllDelivered(endpointId, ids);
  });

  it("is its owner's again when a person disables and enables it", async () => {
    platform.platform.config.recoveryScheduleMs = [3_600_000];
    const { endpointId, ids } = await outage(12);
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
    const { endpointId, ids } = await outage(12);
    await answerWith(204);
    await platform.request("POST", `/v1/tenants/${tenant}/runs/${encodeURIComponent(endpointRecoveryWorkflowId(endpointId))}/cancel`, { body: {} });
    await expectAllDelivered(endpointId, ids);
    expect((await runOf(endpointId)).status).toBe("cancelled");
  });
});

it("leaves a receiver alone until the time that it names, and counts all that it turned away as one failure", async () => {
  const arrivals: number[] = [];
  let busy = true;
  const receiver = createServer((request, response) => {
    request.resume();
    arrivals.push(Date.now());
    if (busy) response.writeHead(429, { "retry-after": "3" });
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const { id: endpointId } = (await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url } })).body;
    await send(5);
    const row = await until("the pause", () => platform.platform.db.prisma.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } }), (found) => found.slowUntil !== null);
    expect(row).toMatchObject({ status: "healthy", consecutiveFailures: 1 });
    const turnedAway = arrivals.length;
    busy = false;
    await until("all to be delivered", statuses, (seen) => seen["delivered"] === 5);
    const next = arrivals.find((at, index) => index >= turnedAway && at > (arrivals[turnedAway - 1] ?? 0) + 1_000) ?? 0;
    expect(next).toBeGreaterThanOrEqual((row.slowUntil as Date).getTime() - 100);
  } finally {
    receiver.close();
  }
});

it("shows a delivery that waited past its deadline as expired", async () => {
  platform.platform.config.recoveryScheduleMs = [3_600_000];
  await outage(10);
  const { pool } = platform.platform.db;
  await pool.query("UPDATE webhook_delivery SET created_at = now() - interval '8 days' WHERE id = (SELECT min(id) FROM webhook_delivery WHERE tenant_id = $1)", [tenant]);
  await pool.query("UPDATE webhook_delivery SET expires_at = now() WHERE id = (SELECT max(id) FROM webhook_delivery WHERE tenant_id = $1)", [tenant]);
  for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
  await expect(statuses()).resolves.toEqual({ held: 8, expired: 2 });
});
