import type { Platform } from "../src/context.ts";
import type { RetireSecretInput } from "../src/domain/processes.ts";
import { endOverlap, readOverlap, watchUse, type OverlapPlan } from "../src/rotation/retirement-steps.ts";

export type { OverlapPlan };
export type RetirementActivities = ReturnType<typeof createRetirementActivities>;

/** The steps of retireSecret; idempotent by the former secret's own row. `now` is the run's clock. */
export function createRetirementActivities(platform: Platform) {
  return {
    readOverlap: (input: RetireSecretInput): Promise<OverlapPlan | null> => readOverlap(platform, input),
    watchUse: (input: RetireSecretInput & { now: number }): Promise<OverlapPlan | null> => watchUse(platform, input),
    endOverlap: (input: RetireSecretInput & { now: number; asked: boolean }): Promise<OverlapPlan | null> => endOverlap(platform, input),
  };
}
