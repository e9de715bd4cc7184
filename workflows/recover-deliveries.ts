import { CancellationScope, continueAsNew, isCancellation, proxyActivities, setCurrentDetails, sleep, workflowInfo } from "@temporalio/workflow";
import type { RecoveryActivities } from "../activities/recovery.ts";
import { taskQueues, type RecoverDeliveriesInput } from "../src/domain/processes.ts";
import { storage } from "./shared/profiles.ts";

const { recoverStep, endRecovery } = proxyActivities<RecoveryActivities>({ ...storage, taskQueue: taskQueues.delivery });

/**
 * Sends again what a tenant asked for, step by step, no faster than the deliveries come due, so that live traffic keeps
 * its place. The job's row holds the progress and the wish to cancel, which the next step reads; cancelling the run itself
 * ends the job as well.
 */
export async function recoverDeliveries(input: RecoverDeliveriesInput): Promise<void> {
  try {
    do {
      const step = await recoverStep(input);
      setCurrentDetails(`**Recovery** ${input.jobId}: ${step.done} of ${step.matched}${step.finished ? ", finished" : ""}`);
      if (step.finished) return;
      await sleep(step.waitMs);
    } while (!workflowInfo().continueAsNewSuggested);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => endRecovery(input));
    throw error;
  }
  await continueAsNew<typeof recoverDeliveries>(input);
}
