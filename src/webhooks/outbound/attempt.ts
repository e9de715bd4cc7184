import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { bodyFor, customHeaders } from "./content.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import { withLargePayload } from "./large-payloads.ts";
import { sendWebhook, type AttemptOutcome } from "./send.ts";
import type { SecretHeaders } from "./secret-headers.ts";
import { signatureHeaders, type Signer } from "./sign.ts";

const ours = { "content-type": "application/json", "user-agent": "Waystation/0.1.0" };

export interface Attempt {
  delivery: ClaimedDelivery;
  at: Date;
  signers: Signer[];
  secretHeaders: Awaited<ReturnType<SecretHeaders["of"]>>;
}

/** Signs a leased delivery and sends it once. What the receiver does is an outcome. @throws Error when a large payload cannot be read */
export async function attemptDelivery(platform: Platform, dispatcher: GuardedDispatcher, attempt: Attempt): Promise<AttemptOutcome> {
  const { dataJson, payloadMode } = attempt.delivery;
  if (payloadMode === "thin") return await post(platform, dispatcher, attempt, "null");
  if (dataJson !== null) return await post(platform, dispatcher, attempt, dataJson);
  return await withLargePayload(platform, attempt.delivery, (large) => post(platform, dispatcher, attempt, large));
}

function post(platform: Platform, dispatcher: GuardedDispatcher, { delivery, at, signers, secretHeaders }: Attempt, dataJson: string): Promise<AttemptOutcome> {
  const body = bodyFor(delivery.payloadMode, { id: delivery.eventId, type: delivery.eventType, createdAt: delivery.eventCreatedAt, dataJson });
  return sendWebhook({
    dispatcher,
    url: delivery.url,
    headers: { ...customHeaders(delivery.headers, secretHeaders), ...ours, ...signatureHeaders({ eventId: delivery.eventId, at, body, signers }) },
    body,
    timeoutMs: platform.config.webhookTimeoutMs,
  });
}
