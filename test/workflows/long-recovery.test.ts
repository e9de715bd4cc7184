import { afterAll, beforeAll, expect, it } from "vitest";
import { breakerThreshold } from "../../src/domain/recovery.ts";
import { endpointRecoveryWorkflowId } from "../../src/domain/workflow-ids.ts";
import { openBreaker } from "../../src/webhooks/outbound/breaker.ts";
import { tidyShard } from "../../src/webhooks/outbound/breaker-upkeep.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";
import { watchWith } from "../support/verifications.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform({ timeSkipping: true });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(() => platform?.stop());

/** The lengths of the histories of all runs that one outage took, the last one first. */
async function historyLengths(workflowId: string): Promise<number[]> {
  const lengths: number[] = [];
  for (let runId: string | null | undefined; ; ) {
    const { events } = await platform.platform.temporal.client.workflow.getHandle(workflowId, runId ?? undefined).fetchHistory();
    lengths.push(events?.length ?? 0);
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (runId === undefined || runId === null || runId === "") return lengths;
  }
}

const hourMs = 3_600_000;

async function endpointNews(): Promise<string[]> {
  const { body } = await platform.request("GET", "/v1/tenants/acme/events?limit=100");
  return (body.data as { type: string }[]).map((event) => event.type).filter((type) => type.startsWith("endpoint."));
}

async function statuses(endpointId: string): Promise<string[]> {
  const { body } = await platform.request("GET", `/v1/tenants/acme/deliveries?limit=100&endpointId=${endpointId}`);
  return (body.data as { status: string }[]).map((one) => one.status);
}

it("probes a dead endpoint for five days, tells its owner once, then disables it and keeps what waits until its deadline", async () => {
  const endpoint = await watchWith(platform, "acme", "dead");
  await fetch(`${platform.sandboxUrl}/_control/echo/dead`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: 500 }) });
  for (let n = 0; n < 3; n += 1) await platform.request("POST", "/v1/tenants/acme/events", { body: { type: "application.created", payload: { n } } });
  await platform.owner.query("UPDATE webhook_endpoint SET consecutive_failures = $2, failing_since = now() WHERE id = $1", [endpoint.id, breakerThreshold]);
  await openBreaker(platform.platform, "acme", endpoint.id);

  const workflowId = endpointRecoveryWorkflowId(endpoint.id);
  const path = `/v1/tenants/acme/webhook-endpoints/${endpoint.id}`;
  await until("the run", () => platform.platform.temporal.client.workflow.getHandle(workflowId).describe().catch(() => null), (found) => found !== null);
  await platform.passTime(18 * hourMs);
  expect(await endpointNews()).toEqual([]);
  // The probe after the first day comes within five and a half hours.
  await platform.passTime(12 * hourMs);
  expect(await endpointNews()).toEqual(["endpoint.failing"]);
  await platform.passTime(84 * hourMs);
  expect(await endpointNews()).toEqual(["endpoint.failing"]);
  expect((await platform.request("GET", path)).body).toMatchObject({ status: "degraded", enabled: true });
  await expect(platform.timeSkippingResult(workflowId)).resolves.toEqual({ outcome: "disabled" });

  expect((await platform.request("GET", path)).body).toMatchObject({ status: "disabled", enabled: false });
  expect(await endpointNews()).toEqual(["endpoint.disabled", "endpoint.failing"]);
  // The three, and the news that the endpoint itself could not be told.
  expect(await statuses(endpoint.id)).toEqual(["held", "held", "held", "held"]);
  const run = (await platform.request("GET", `/v1/tenants/acme/runs/${encodeURIComponent(workflowId)}`)).body;
  expect(run).toMatchObject({ kind: "webhook_recovery", subjectId: endpoint.id, status: "failed", problem: null, nextTimer: null });
  expect(run.timeline.map((entry: { kind: string }) => entry.kind)).toEqual(["endpoint.degraded", "endpoint.failing", "endpoint.disabled"]);
  expect(Math.max(...(await historyLengths(workflowId)))).toBeLessThanOrEqual(120);
  await recordHistory(platform, workflowId, "recover-endpoint-warned-and-disabled");

  // The database's clock did not skip: two more days pass for it here, and the three are past their deadline.
  const pool = platform.owner;
  await pool.query("UPDATE webhook_delivery SET created_at = created_at - interval '8 days' WHERE endpoint_id = $1 AND event_id IN (SELECT id FROM webhook_event WHERE type = 'application.created')", [endpoint.id]);
  for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
  expect(await statuses(endpoint.id)).toEqual(["held", "expired", "expired", "expired"]);
});
