import type { ReviewDecision, VerificationStatus } from "./verification.ts";

/** Names and shapes that the API, the workers and the workflows share. Workflow names are verbs, signals past tense, updates imperative, queries nouns. */

export const taskQueues = {
  orchestration: "orchestration",
  delivery: "delivery",
  integrations: "integrations",
} as const;

export const workflowNames = {
  verifyIdentity: "verifyIdentity",
  dispatchWebhooks: "dispatchWebhooks",
  recoverEndpoint: "recoverEndpoint",
  relayInbound: "relayInbound",
  relayOutbox: "relayOutbox",
  recoverDeliveries: "recoverDeliveries",
  checkDeliveries: "checkDeliveries",
  retireSecret: "retireSecret",
} as const;

export const processKinds = ["verification", "webhook_recovery", "secret_retirement"] as const;

/** News of a provider, as a signal carries it: a hint by ids only; the workflow asks the provider for the truth. */
export interface ProviderNews {
  inboundEventId: string;
  type: string;
}

export interface Actor {
  type: "system" | "api_key" | "user" | "provider" | "candidate";
  id?: string;
}

export interface ReviewInput {
  decision: ReviewDecision;
  reason: string;
  actor: Actor;
  /** From where it was decided, for the audit entry; absent in runs of before. */
  sourceIp?: string | null;
  requestId?: string | null;
}

export const signalNames = {
  /** All pending news of one run in one signal. */
  providerNotified: "providerNotified",
  documentAdded: "documentAdded",
  invitationRequested: "invitationRequested",
  cancelRequested: "cancelRequested",
  /** An operator asks a waiting or blocked run to try its next step now. */
  retryRequested: "retryRequested",
  /** A former secret's overlap was extended, or it was retired by hand. */
  overlapChanged: "overlapChanged",
} as const;

export const updateNames = { resolveReview: "resolveReview" } as const;

export const queryNames = { progress: "progress" } as const;

/** Comes with `documentAdded`. */
export interface DocumentNotice {
  /** HR has handed in everything: the provider may start. A candidate who follows the invitation says so there. */
  complete: boolean;
}

export interface VerifyIdentityInput {
  tenantId: string;
  verificationId: string;
}

export interface RecoverDeliveriesInput {
  tenantId: string;
  jobId: string;
}

export interface RetireSecretInput {
  tenantId: string;
  /** Of the former secret. */
  secretId: string;
}

/** How many breaches of each promise a check found; all zero is well. */
export interface DeliveryCheck {
  checkedAt: string;
  /** Due for more than a minute, and nobody sends it. */
  stalled: number;
  /** Events that an endpoint wanted and had no delivery of. */
  unrouted: number;
  /** Deliveries whose count of attempts differs from the attempts recorded. */
  miscounted: number;
  /** Inbound news due for more than five minutes that nobody has handed on. Absent in checks of before. */
  unrelayed?: number;
}

export interface RecoverEndpointInput {
  tenantId: string;
  endpointId: string;
  /** Where a run that was continued as new goes on. */
  step?: number;
}

/** Answer of the `progress` query. */
export interface VerificationProgress {
  status: VerificationStatus;
  step: string;
  /** Set when a person must act before the run can go on. */
  problem: string | null;
}

/** The typed search attributes of every process; all are Keywords. SQL visibility has ten Keyword columns. */
export const searchAttributeNames = ["TenantId", "IntegrationId", "Provider", "ProcessKind", "SubjectId", "ProcessStatus"] as const;
export type SearchAttributeName = (typeof searchAttributeNames)[number];
