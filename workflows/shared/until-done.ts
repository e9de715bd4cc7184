import { ActivityFailure, ApplicationFailure, CancellationScope, condition, isCancellation } from "@temporalio/workflow";
import type { Journal } from "./journal.ts";
import { stuckRetryMs } from "./profiles.ts";

/** A person cancelled the process while a step was under way or waiting. */
export class CancelledByPerson extends Error {
  override readonly name = "CancelledByPerson";
}

export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
}

/** The provider refused the data itself: trying again cannot help. */
export class ProviderRefused extends Error {
  override readonly name = "ProviderRefused";
}

export interface Step {
  name: string;
  work: () => Promise<void>;
  journal: Journal;
  deadlineAt: number;
  cancelled: () => boolean;
  /** True once after an operator asked for a retry. */
  takeRetry: () => boolean;
  /** Writes down what the step is stuck on, or null when it goes on. */
  report: (problem: string | null) => Promise<void>;
}

/**
 * Runs a step until it is done. When its own retries are used up the run says what it is stuck on, then waits for an
 * operator's retry or a growing pause: visible, never silent, and never for ever.
 * @throws CancelledByPerson, DeadlinePassed, ProviderRefused
 */
export async function untilDone(step: Step): Promise<void> {
  let pauseMs = stuckRetryMs.first;
  for (;;) {
    const problem = await tryOnce(step);
    if (problem === null) {
      if (step.journal.problem !== null) await step.report(null);
      step.journal.done(step.name);
      return;
    }
    step.journal.stuck(step.name, problem);
    await step.report(problem);
    const untilDeadline = step.deadlineAt - Date.now();
    let retry = false;
    await condition(() => step.cancelled() || (retry = step.takeRetry()), Math.max(1, Math.min(pauseMs, untilDeadline)));
    if (step.cancelled()) throw new CancelledByPerson();
    if (!retry && Date.now() >= step.deadlineAt) throw new DeadlinePassed();
    pauseMs = retry ? stuckRetryMs.first : Math.min(pauseMs * 2, stuckRetryMs.last);
  }
}

/** Null when the work was done, else what it failed on. A cancellation does not wait for the tries to end. */
async function tryOnce(step: Step): Promise<string | null> {
  step.journal.doing(step.name);
  const scope = new CancellationScope();
  const work = scope.run(step.work);
  try {
    // Both may settle: the one that comes second is awaited below or was handled by the scope.
    await Promise.race([work, condition(step.cancelled)]);
    if (step.cancelled()) {
      scope.cancel();
      await work.catch(() => undefined);
      throw new CancelledByPerson();
    }
    await work;
    return null;
  } catch (error) {
    if (error instanceof CancelledByPerson || isCancellation(error)) throw error;
    return problemOf(error);
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) throw error;
  const cause = error.cause;
  if (cause instanceof ApplicationFailure && cause.type === "ProviderError.invalid") throw new ProviderRefused(cause.message);
  return cause?.message ?? error.message;
}
