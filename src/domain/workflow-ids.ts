/** Workflow ids are built and taken apart here only. They hold our own ids, never a person's details. */

const kinds = { verification: "verification/", dispatch: "webhook-dispatch/", relayInbound: "inbound-relay/", relayOutbox: "outbox-relay/", endpointRecovery: "webhook-recovery/", recovery: "recovery-job/", deliveryCheck: "delivery-check/", retirement: "retirement/" } as const;

export function verificationWorkflowId(verificationId: string): string {
  return `${kinds.verification}${verificationId}`;
}

export function dispatchWorkflowId(shard: number): string {
  return `${kinds.dispatch}${shard}`;
}

export function recoveryWorkflowId(jobId: string): string {
  return `${kinds.recovery}${jobId}`;
}

/** One at a time for an endpoint; a later outage uses the id again. */
export function endpointRecoveryWorkflowId(endpointId: string): string {
  return `${kinds.endpointRecovery}${endpointId}`;
}

export function retirementWorkflowId(secretId: string): string {
  return `${kinds.retirement}${secretId}`;
}

export const relayInboundWorkflowId = `${kinds.relayInbound}0`;
export const relayOutboxWorkflowId = `${kinds.relayOutbox}0`;

/** Temporal appends the time of each start. */
export const deliveryCheckWorkflowId = `${kinds.deliveryCheck}run`;
export const deliveryCheckScheduleId = `${kinds.deliveryCheck}schedule`;
