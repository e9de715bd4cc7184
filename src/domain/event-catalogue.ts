/** The outbound event types that Waystation itself sends. A tenant may send any other type of its own. */
export const verificationEventTypes = [
  "verification.created", "verification.invited", "verification.reminded", "verification.submitted", "verification.needs_input",
  "verification.in_review", "verification.completed", "verification.expired", "verification.cancelled", "verification.failed",
] as const;

export const integrationEventTypes = ["integration.connected", "integration.needs_attention", "integration.recovered"] as const;
export const endpointEventTypes = ["endpoint.failing", "endpoint.disabled", "endpoint.recovered"] as const;
/** A delivery has used up its attempts. Its own endpoint is not told, and no such event's delivery is told of. */
export const deliveryEventTypes = ["delivery.exhausted"] as const;
/** Of a former secret: its overlap ends soon although it is in use, or nobody can see whether it is; it is no longer valid. */
export const secretEventTypes = ["secret.expiring", "secret.retired"] as const;

export type PlatformEventType =
  | (typeof verificationEventTypes)[number]
  | (typeof integrationEventTypes)[number]
  | (typeof endpointEventTypes)[number]
  | (typeof deliveryEventTypes)[number]
  | (typeof secretEventTypes)[number];
