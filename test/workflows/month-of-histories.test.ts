import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterEach, expect, it } from "vitest";
import type { EndpointRecoveryActivities, RecoveryPlan, StepInput, StepResult } from "../../activities/endpoint-recovery.ts";
import { taskQueues, workflowNames } from "../../src/domain/processes.ts";
import { keepHistory } from "../support/histories.ts";
import { localServer, timeSkippingServer } from "../support/platform.ts";
import { runsOf, withPretendWorkers } from "../support/pretend-workers.ts";
import { until } from "../support/wait.ts";

// Histories alone: activities that answer at once, and no database.

const dayMs = 86_400_000;
const mebibyte = 1024 * 1024;
/** The events of one round or step, which a run may still have when it is told to end. */
const oneRound = 12;

let env: TestWorkflowEnvironment | undefined;
afterEach(() => env?.teardown());

it("ends a dispatcher's runs at the server's own bound, one like the other, so that a month is a chain of such", async () => {
  env = await timeSkippingServer();
  const runs = await dispatch(env, 2);
  expect(runs).toHaveLength(2);
  for (const { events, bytes } of runs) {
    expect(events).toBeGreaterThan(4_000);
    expect(events).toBeLessThanOrEqual(4_096 + oneRound);
    expect(bytes).toBeLessThanOrEqual(4 * mebibyte);
  }
  // What it takes along is its shard alone: the second run grew as the first did.
  expect(Math.abs((runs[1]?.bytes ?? 0) - (runs[0]?.bytes ?? 0))).toBeLessThan(10_000);
});

it("ends a dispatcher's run sooner where the server asks for it", async () => {
  env = await localServer({ "limit.historyCount.suggestContinueAsNew": 60 });
  const runs = await dispatch(env, 2);
  for (const { events } of runs) expect(events).toBeLessThanOrEqual(60 + oneRound);
  await keepHistory(await env.client.workflow.getHandle("dispatch/pretended", runs[0]?.runId).fetchHistory(), "webhook-dispatch-continued");
});

it("keeps every run of a month of outages, recoveries and relapses within its limit", async () => {
  env = await timeSkippingServer();
  const flapping = flappingEndpoint();
  const workflowId = "webhook-recovery/pretended";
  const runs = await withPretendWorkers(env, flapping.activities, async () => {
    const input = { tenantId: "acme", endpointId: "ep_pretended" };
    const handle = await env?.client.workflow.start(workflowNames.recoverEndpoint, { workflowId, taskQueue: taskQueues.orchestration, args: [input] });
    await expect(handle?.result()).resolves.toEqual({ outcome: "recovered" });
    return await runsOf(env as TestWorkflowEnvironment, workflowId);
  });
  expect(flapping.seen.days).toBeGreaterThan(30);
  expect(flapping.seen.relapses).toBeGreaterThan(20);
  expect(runs.length).toBeGreaterThan(20);
  expect(Math.max(...runs.map(({ events }) => events))).toBeLessThanOrEqual(120);
  const longest = runs.toSorted((a, b) => b.events - a.events)[0];
  await keepHistory(await env.client.workflow.getHandle(workflowId, longest?.runId).fetchHistory(), "recover-endpoint-relapse");
});

/** Rounds without a pause until so many runs have ended; the last one first. */
async function dispatch(server: TestWorkflowEnvironment, howManyRuns: number) {
  const workflowId = "dispatch/pretended";
  return await withPretendWorkers(server, { drainDeliveries: async () => ({ sent: 250 }) }, async () => {
    await server.client.workflow.start(workflowNames.dispatchWebhooks, { workflowId, taskQueue: taskQueues.orchestration, args: [{ shard: 7 }] });
    const begun = new Set<string>();
    const handle = server.client.workflow.getHandle(workflowId);
    await until("the runs", async () => begun.add((await handle.describe()).runId).size, (runs) => runs > howManyRuns);
    await handle.terminate();
    return (await runsOf(server, workflowId)).slice(-howManyRuns);
  });
}

/** Fails for about a day, takes some of what waits, fails again: until a month is over, when it takes the rest. */
function flappingEndpoint() {
  const seen = { days: 0, relapses: 0 };
  let begunAt: number | undefined;
  let failures = 0;
  let drained = 0;
  const fail = (input: StepInput): StepResult => ({ kind: "failed", answer: "status 500", waiting: 1_000, waitMs: input.plannedWaitMs });
  const activities: EndpointRecoveryActivities = {
    beginRecovery: async (input): Promise<RecoveryPlan> => ({
      scheduleMs: [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000], failingSince: begunAt ?? 0, waitMs: input.waitMs ?? 5_000,
    }),
    probeEndpoint: async (input) => {
      begunAt ??= input.now;
      seen.days = (input.now - begunAt) / dayMs;
      failures += 1;
      drained = 0;
      if (failures < 11) return fail(input);
      failures = 0;
      return seen.days > 30 ? { kind: "ended", outcome: "recovered" } : { kind: "answered", waiting: 1_000 };
    },
    drainHeld: async (input) => {
      drained += 1;
      if (drained < 4) return { kind: "answered", waiting: 900 };
      seen.relapses += 1;
      return fail(input);
    },
    cancelRecovery: async () => undefined,
  };
  return { activities: activities as unknown as Record<string, (...args: never[]) => Promise<unknown>>, seen };
}
