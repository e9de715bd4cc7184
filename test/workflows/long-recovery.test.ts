import { afterAll, beforeAll, expect, it } from "vitest";
import { endpointRecoveryWorkflowId } from "../../src/domain/workflow-ids.ts";
import { openBreaker } from "../../src/webhooks/outbound/breaker.ts";
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

it("probes a dead endpoint for five days, tells its owner once, then disables it and keeps what waits", async () => {
  const endpoint = await watchWith(platform, "acme", "dead");
  await fetch(`${platform.sandboxUrl}/_control/echo/dead`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: 500 }) });
  for (let n = 0; n < 3; n += 1) await platform.request("POST", "/v1/tenants/acme/events", { body: { type: "application.created", payload: { n } } });
  await platform.platform.db.pool.query("UPDATE webhook_endpoint SET consecutive_failures = 8, failing_since = now() WHERE id = $1", [endpoint.id]);
  await openBreaker(platform.platform, "acme", endpoint.id);

  const workflowId = endpointRecoveryWorkflowId(endpoint.id);
  await until("the run", () => platform.platform.temporal.client.workflow.getHandle(workflowId).describe().catch(() => null), (found) => found !== null);
  await expect(platform.timeSkippingResult(workflowId)).resolves.toEqual({ outcome: "disabled" });

  expect((await platform.request("GET", `/v1/tenants/acme/webhook-endpoints/${endpoint.id}`)).body).toMatchObject({ status: "disabled", enabled: false });
  const events = (await platform.request("GET", "/v1/tenants/acme/events?limit=100")).body.data.map((event: { type: string }) => event.type);
  expect(events.filter((type: string) => type.startsWith("endpoint."))).toEqual(["endpoint.disabled", "endpoint.failing"]);
  const deliveries = (await platform.request("GET", `/v1/tenants/acme/deliveries?endpointId=${endpoint.id}`)).body.data;
  expect(deliveries.filter((one: { status: string }) => one.status === "held")).toHaveLength(deliveries.length);
  const run = (await platform.request("GET", `/v1/tenants/acme/runs/${encodeURIComponent(workflowId)}`)).body;
  expect(run).toMatchObject({ kind: "webhook_recovery", subjectId: endpoint.id, status: "failed", problem: null, nextTimer: null });
  expect(run.timeline.map((entry: { kind: string }) => entry.kind)).toEqual(["endpoint.degraded", "endpoint.failing", "endpoint.disabled"]);
  expect(Math.max(...(await historyLengths(workflowId)))).toBeLessThanOrEqual(120);
  await recordHistory(platform, workflowId, "recover-endpoint-five-days");
});
