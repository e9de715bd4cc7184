/** How a sick endpoint is treated: when its breaker opens, when it is tried again, when its tenant is told. Pure: the workflow and the dispatcher share it. */

/** So many failed attempts in a row open an endpoint's breaker. */
export const breakerThreshold = 8;

const dayMs = 24 * 3_600_000;
export const warnAfterMs = dayMs;
export const disableAfterMs = 5 * dayMs;
const maxRetryAfterMs = dayMs;
const jitterShare = 0.1;

/** Deliveries that are let through in the first second of a recovery; each following second doubles them. */
export const firstDrainRate = 10;
/** An endpoint that keeps up with this many a second is well: the dispatcher takes over. */
export const lastDrainRate = 640;

export type AttemptVerdict = "ok" | "failed" | "asked_to_wait";

/** What a batch of attempts, in the order in which they ended, says about one endpoint's row of failures. */
export interface FailureTally {
  /** One of them succeeded: the row began anew after it. */
  reset: boolean;
  /** Failures after the last success. */
  failures: number;
  /** Among them, answers that said when to come back. */
  askedToWait: boolean;
}

/** A receiver that names a time to come back answers all that is in flight alike: together these are one failure. */
export function tallyAttempts(verdicts: readonly AttemptVerdict[]): FailureTally {
  const tail = verdicts.slice(verdicts.lastIndexOf("ok") + 1);
  return { reset: verdicts.includes("ok"), failures: tail.filter((verdict) => verdict === "failed").length, askedToWait: tail.includes("asked_to_wait") };
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
