/** How a sick endpoint is treated: when its breaker opens, when it is tried again, when its tenant is told. Pure: the workflow and the dispatcher share it. */

/** So many deliveries in a row whose first attempt failed open an endpoint's breaker. Retries keep to their own schedule and count for nothing here. */
export const breakerThreshold = 20;

/** However long an endpoint has been failing, so many attempts must have failed before it is disabled: a few lost webhooks a week prove nothing. */
export const disableAfterFailures = 10;

const dayMs = 24 * 3_600_000;
export const warnAfterMs = dayMs;
export const disableAfterMs = 5 * dayMs;
const maxRetryAfterMs = dayMs;
const jitterShare = 0.1;

/** Deliveries that are let through in the first second of a recovery; each following second doubles them. */
export const firstDrainRate = 10;
/** An endpoint that keeps up with this many a second is well: the dispatcher takes over. */
export const lastDrainRate = 640;

export interface AttemptVerdict {
  answer: "ok" | "failed" | "asked_to_wait";
  /** The delivery was not tried before. */
  first: boolean;
}

/** What a batch of attempts, in the order in which they ended, says about one endpoint's row of failures. */
export interface FailureTally {
  /** One of them succeeded: the row began anew after it. */
  reset: boolean;
  /** An attempt failed after the last success, be it a retry. */
  failing: boolean;
  /** First attempts that failed after the last success. */
  failures: number;
  /** Among the first attempts, answers that said when to come back. */
  askedToWait: boolean;
}

/**
 * Only first attempts are counted: one delivery that fails through its whole schedule says no more about the endpoint than
 * its first failure did. A receiver that names a time to come back answers all that is in flight alike: together these are
 * one failure.
 */
export function tallyAttempts(verdicts: readonly AttemptVerdict[]): FailureTally {
  const tail = verdicts.slice(verdicts.findLastIndex(({ answer }) => answer === "ok") + 1);
  const firsts = tail.filter(({ first }) => first);
  return {
    reset: tail.length < verdicts.length,
    failing: tail.length > 0,
    failures: firsts.filter(({ answer }) => answer === "failed").length,
    askedToWait: firsts.some(({ answer }) => answer === "asked_to_wait"),
  };
}

/** A receiver's Retry-After, as far as we obey it. */
export function obeyedMs(retryAfterMs: number | undefined): number {
  return Math.min(Math.max(retryAfterMs ?? 0, 0), maxRetryAfterMs);
}

/** The wait before probe `step` (from 0): by the schedule, whose last wait repeats, with ±10 % so that endpoints of one host spread out. */
export function recoveryWaitMs(input: { scheduleMs: readonly number[]; step: number; failingForMs: number; random: () => number }): number {
  const planned = input.scheduleMs[Math.min(input.step, input.scheduleMs.length - 1)] ?? dayMs;
  const jittered = Math.round(planned * (1 - jitterShare + 2 * jitterShare * input.random()));
  // The last probe comes when the time is up, not hours after it.
  const untilDisabled = disableAfterMs - input.failingForMs;
  return Math.max(1, untilDisabled > 0 ? Math.min(jittered, untilDisabled) : jittered);
}

export type OutageStage = "young" | "warn" | "give_up";

export function outageStage(failingForMs: number): OutageStage {
  if (failingForMs >= disableAfterMs) return "give_up";
  return failingForMs >= warnAfterMs ? "warn" : "young";
}

/** Null when the endpoint has shown that it keeps up. */
export function nextDrainRate(rate: number): number | null {
  return rate >= lastDrainRate ? null : rate * 2;
}
