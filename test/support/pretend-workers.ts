import proto from "@temporalio/proto";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { Worker } from "@temporalio/worker";
import { taskQueues } from "../../src/domain/processes.ts";
import { createDataConverter } from "../../src/temporal/codec.ts";
import { testBundle, testEncryptionKeys } from "./platform.ts";

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Runs the product's workflows against activities that only pretend: what a history grows to needs no database. */
export async function withPretendWorkers<T>(env: TestWorkflowEnvironment, activities: Activities, work: () => Promise<T>): Promise<T> {
  const common = { connection: env.nativeConnection, dataConverter: createDataConverter(testEncryptionKeys) };
  const workflows = await Worker.create({ ...common, taskQueue: taskQueues.orchestration, workflowBundle: await testBundle() });
  const deliveries = await Worker.create({ ...common, taskQueue: taskQueues.delivery, activities });
  return await deliveries.runUntil(() => workflows.runUntil(work));
}

export interface RunShape {
  runId: string | undefined;
  events: number;
  bytes: number;
}

/** The runs that one workflow id took by continuing as new, the last one first. */
export async function runsOf(env: TestWorkflowEnvironment, workflowId: string): Promise<RunShape[]> {
  const runs: RunShape[] = [];
  for (let runId: string | undefined; runId !== ""; ) {
    const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ runId, events: history.events?.length ?? 0, bytes: proto.temporal.api.history.v1.History.encode(history).finish().length });
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? "";
  }
  return runs;
}
