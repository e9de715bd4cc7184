import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { bodyFor, customHeaders } from "./content.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import { sendWebhook, type AttemptOutcome } from "./send.ts";
import type { SecretHeaders } from "./secret-headers.ts";
import { signatureHeaders, type Signer } from "./sign.ts";

const ours = { "content-type": "application/json", "user-agent": "Waystation/0.1.0" };

/** Signs a leased delivery and sends it once; never throws. */
export async function attemptDelivery(platform: Platform, dispatcher: GuardedDispatcher, input: { delivery: ClaimedDelivery; at: Date; signers: Signer[]; secretHeaders: Awaited<ReturnType<SecretHeaders["of"]>> }): Promise<AttemptOutcome> {
  const { delivery, at, signers, secretHeaders } = input;
  const body = bodyFor(delivery.payloadMode, { id: delivery.eventId, type: delivery.eventType, createdAt: delivery.eventCreatedAt, dataJson: delivery.dataJson });
  return await sendWebhook({
    dispatcher,
    url: delivery.url,
    headers: { ...customHeaders(delivery.headers, secretHeaders), ...ours, ...signatureHeaders({ eventId: delivery.eventId, at, body, signers }) },
    body,
    timeoutMs: platform.config.webhookTimeoutMs,
  });
}
