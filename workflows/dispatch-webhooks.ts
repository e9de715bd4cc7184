import { continueAsNew, proxyActivities } from "@temporalio/workflow";
import type { DispatchActivities } from "../activities/dispatch.ts";
import { taskQueues } from "../src/domain/processes.ts";
import { runRounds } from "./shared/run-rounds.ts";

const budgetMs = 30_000;

const { drainDeliveries } = proxyActivities<DispatchActivities>({
  taskQueue: taskQueues.delivery,
  startToCloseTimeout: "120 seconds",
  heartbeatTimeout: "12 seconds",
  // A round that workers die in, one after the other, counts all its tries: a long last interval would add to every takeover.
  retry: { initialInterval: "500 milliseconds", backoffCoefficient: 2, maximumInterval: "2 seconds" },
});

/** Keeps one shard of the outbound deliveries draining for ever. Postgres holds the deliveries; this run holds the promise that somebody drains them. */
export async function dispatchWebhooks(input: { shard: number }): Promise<void> {
  await runRounds(`Webhook dispatcher, shard ${input.shard}`, async () => {
    const { sent } = await drainDeliveries({ shard: input.shard, budgetMs });
    return `${sent} attempts`;
  });
  await continueAsNew<typeof dispatchWebhooks>(input);
}
