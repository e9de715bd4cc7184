import { proxyActivities } from "@temporalio/workflow";
import type { RecoveryActivities } from "../activities/recovery.ts";
import { taskQueues, type DeliveryCheck } from "../src/domain/processes.ts";

const { checkInvariants } = proxyActivities<RecoveryActivities>({
  taskQueue: taskQueues.delivery,
  startToCloseTimeout: "50 seconds",
  // The schedule's next start is the retry of a check that a long outage ended.
  retry: { maximumAttempts: 3 },
});

/** One check of what the outbound deliveries promise; a schedule starts it every minute. Its result is what was found. */
export async function checkDeliveries(): Promise<DeliveryCheck> {
  return await checkInvariants();
}
