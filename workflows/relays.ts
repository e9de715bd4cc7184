import { continueAsNew, proxyActivities } from "@temporalio/workflow";
import type { RelayActivities } from "../activities/relay.ts";
import { taskQueues } from "../src/domain/processes.ts";
import { runRounds } from "./shared/run-rounds.ts";

const budgetMs = 30_000;

const relays = proxyActivities<RelayActivities>({
  taskQueue: taskQueues.delivery,
  startToCloseTimeout: "120 seconds",
  heartbeatTimeout: "12 seconds",
  retry: { initialInterval: "500 milliseconds", backoffCoefficient: 2, maximumInterval: "10 seconds" },
});

/** Hands recorded inbound news to the runs that wait for them, for ever. */
export async function relayInbound(): Promise<void> {
  await runRounds("Inbound relay", async () => {
    await relays.relayInboundNews({ budgetMs });
    return "done";
  });
  await continueAsNew<typeof relayInbound>();
}

/** Tells Temporal what a process wrote down but could not say, for ever. */
export async function relayOutbox(): Promise<void> {
  await runRounds("Outbox relay", async () => {
    await relays.relayOutboxCommands({ budgetMs });
    return "done";
  });
  await continueAsNew<typeof relayOutbox>();
}
