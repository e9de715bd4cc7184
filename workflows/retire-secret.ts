import { CancellationScope, condition, continueAsNew, defineSignal, isCancellation, proxyActivities, setHandler, workflowInfo } from "@temporalio/workflow";
import type { OverlapPlan, RetirementActivities } from "../activities/retirement.ts";
import { signalNames, taskQueues, type Actor, type RetireSecretInput } from "../src/domain/processes.ts";
import { nextLookAt } from "../src/domain/rotation.ts";
import { Journal } from "./shared/journal.ts";
import * as profiles from "./shared/profiles.ts";

const store = proxyActivities<RetirementActivities>({ ...profiles.storage, taskQueue: taskQueues.integrations });

const overlapChanged = defineSignal(signalNames.overlapChanged);
const retryRequested = defineSignal<[Actor]>(signalNames.retryRequested);
const cancelRequested = defineSignal<[Actor]>(signalNames.cancelRequested);

/**
 * Retires one former secret. It is valid no longer than its row says, whatever becomes of this run; the run holds the promise
 * that its use is watched, that its owner is told in time, and that what was sealed is deleted in the end.
 *
 * It waits for the overlap to end, with a few looks at the use on the way. overlapChanged says that a person extended it or
 * retired it by hand. A retirement cannot be called off: retryRequested, cancelRequested and a cancellation retire at once.
 */
export async function retireSecret(input: RetireSecretInput): Promise<void> {
  const journal = new Journal();
  let changed = false;
  let asked = false;
  setHandler(overlapChanged, () => void (changed = true));
  setHandler(retryRequested, () => void (asked = true));
  setHandler(cancelRequested, () => void (asked = true));
  const end = (): Promise<OverlapPlan | null> => store.endOverlap({ ...input, now: Date.now(), asked });
  try {
    let plan = await store.readOverlap(input);
    while (plan !== null && !workflowInfo().continueAsNewSuggested) {
      const { validUntil } = plan;
      const lookAt = plan.warned ? null : nextLookAt(plan, Date.now());
      journal.waitingFor(lookAt === null ? `the overlap to end, ${new Date(validUntil).toISOString()}` : `a look at the use, ${new Date(lookAt).toISOString()}`);
      const wakeAt = lookAt ?? validUntil;
      await condition(() => changed || asked, Math.max(1, wakeAt - Date.now()));
      if (changed && !asked) {
        changed = false;
        plan = await store.readOverlap(input);
      } else if (asked || lookAt === null) {
        plan = await end();
      } else {
        plan = await store.watchUse({ ...input, now: Date.now() });
        journal.done("Look at the use");
      }
    }
    if (plan !== null) return await continueAsNew<typeof retireSecret>(input);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    asked = true;
    await CancellationScope.nonCancellable(end);
  }
  journal.note("retired");
}
