import { NativeConnection, Worker, type WorkerOptions, type WorkflowBundleOption } from "@temporalio/worker";
import { WorkflowIdConflictPolicy } from "@temporalio/client";
import { createDispatchActivities } from "../activities/dispatch.ts";
import { createEndpointRecoveryActivities } from "../activities/endpoint-recovery.ts";
import { createRelayActivities } from "../activities/relay.ts";
import { createRecoveryActivities } from "../activities/recovery.ts";
import { createRetirementActivities } from "../activities/retirement.ts";
import { createVerificationActivities } from "../activities/verification.ts";
import type { Platform } from "../src/context.ts";
import { taskQueues, workflowNames } from "../src/domain/processes.ts";
import { dispatchWorkflowId, relayInboundWorkflowId, relayOutboxWorkflowId } from "../src/domain/workflow-ids.ts";
import { createGuardedDispatcher } from "../src/security/egress-guard.ts";
import { createDataConverter } from "../src/temporal/codec.ts";
import { temporalConnectionOptions } from "../src/temporal/gateway.ts";
import { inboundChannel } from "../src/webhooks/inbound/write-inbound.ts";
import { createDrainer } from "../src/webhooks/outbound/drain.ts";
import { listenForDue } from "../src/webhooks/outbound/due-signal.ts";
import { dueChannel } from "../src/webhooks/outbound/due-channel.ts";
import { createSchedules } from "./schedules.ts";

export interface RunningWorker {
  /** Stops polling, lets activities finish or hand back their work, then closes. */
  stop(): Promise<void>;
  /** Settles when the workers ended: rejects when one of them failed. */
  done: Promise<void>;
}

/** All three roles in this process; a larger installation runs the same code with fewer queues per process. */
export async function startWorker(platform: Platform, options: { workflowBundle: WorkflowBundleOption; loops?: boolean }): Promise<RunningWorker> {
  const { config, logger } = platform;
  // Tells the endless rounds to end at once; other activities have the grace time.
  const stopping = new AbortController();
  const connection = await NativeConnection.connect(temporalConnectionOptions(config) ?? {});
  const dispatcher = createGuardedDispatcher(platform.addressRules, { connectTimeoutMs: 5_000, connectionsPerOrigin: 256 });
  const deliveriesDue = listenForDue({ databaseUrl: config.databaseUrl, role: "waystation_dispatch", channel: dueChannel, logger });
  const drainer = createDrainer(platform, dispatcher, deliveriesDue);
  const inboundDue = listenForDue({ databaseUrl: config.databaseUrl, role: "waystation_relay", channel: inboundChannel, logger });

  const common: Pick<WorkerOptions, "connection" | "namespace" | "dataConverter" | "shutdownGraceTime" | "shutdownForceTime"> = {
    connection,
    namespace: config.temporalNamespace,
    dataConverter: createDataConverter(config.encryptionKeys),
    shutdownGraceTime: "5 seconds",
    shutdownForceTime: "18 seconds",
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.orchestration,
      workflowBundle: options.workflowBundle,
      maxCachedWorkflows: 500,
    }),
    Worker.create({
      ...common,
      taskQueue: taskQueues.delivery,
      activities: {
        ...createDispatchActivities(drainer, stopping.signal),
        ...createEndpointRecoveryActivities(platform, dispatcher, stopping.signal),
        ...createRecoveryActivities(platform),
        ...createRelayActivities(platform, inboundDue, stopping.signal),
      },
      maxConcurrentActivityTaskExecutions: 50,
    }),
    Worker.create({
      ...common,
      taskQueue: taskQueues.integrations,
      activities: { ...createVerificationActivities(platform), ...createRetirementActivities(platform) },
      maxConcurrentActivityTaskExecutions: 100,
    }),
  ]);
  const done = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  done.catch(() => undefined);
  // Without them nothing is dispatched or relayed: for tests that skip time, which an endless activity would hold.
  if (options.loops !== false) await Promise.all([startLoops(platform), createSchedules(platform)]);

  let stopped: Promise<void> | undefined;
  return {
    done,
    stop: () =>
      (stopped ??= (async () => {
        stopping.abort();
        for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
        await done.catch(() => undefined);
        await drainer.close();
        await Promise.allSettled([deliveriesDue.close(), inboundDue.close(), dispatcher.close()]);
        await connection.close();
      })()),
  };
}

/** The runs that never end: started by whichever worker comes first, found again by all others. */
async function startLoops(platform: Platform): Promise<void> {
  const { client } = platform.temporal;
  const loops = [
    { name: workflowNames.relayInbound, id: relayInboundWorkflowId, args: [], summary: "Inbound relay" },
    { name: workflowNames.relayOutbox, id: relayOutboxWorkflowId, args: [], summary: "Outbox relay" },
    ...Array.from({ length: platform.config.webhookShards }, (_, shard) => ({
      name: workflowNames.dispatchWebhooks, id: dispatchWorkflowId(shard), args: [{ shard }], summary: `Webhook dispatcher · shard ${shard}`,
    })),
  ];
  for (const loop of loops) {
    await client.workflow.start(loop.name, {
      workflowId: loop.id,
      taskQueue: taskQueues.orchestration,
      args: loop.args,
      staticSummary: loop.summary,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    });
  }
}
