import type { Platform } from "../src/context.ts";
import type { DeliveryCheck, RecoverDeliveriesInput } from "../src/domain/processes.ts";
import { checkInvariants } from "../src/webhooks/outbound/invariants.ts";
import { endRecovery, runRecoveryStep, type RecoveryProgress } from "../src/webhooks/outbound/recovery-run.ts";

export type RecoveryActivities = ReturnType<typeof createRecoveryActivities>;

/** What brings deliveries back: a tenant's recovery jobs, and the check that finds what was lost. */
export function createRecoveryActivities(platform: Platform) {
  return {
    recoverStep: (input: RecoverDeliveriesInput): Promise<RecoveryProgress> => runRecoveryStep(platform, input),
    endRecovery: (input: RecoverDeliveriesInput): Promise<void> => endRecovery(platform, input),
    checkInvariants: (): Promise<DeliveryCheck> => checkInvariants(platform),
  };
}
