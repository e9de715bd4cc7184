import type { Webhook } from "standardwebhooks";
import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { bodyFor, customHeaders } from "./content.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import { sendWebhook, type AttemptOutcome } from "./send.ts";
import type { SecretHeaders } from "./secret-headers.ts";
import { signatureHeaders } from "./sign.ts";

const userAgent = "Waystation/0.1.0";

/** Signs a leased delivery and sends it once; never throws. */
export async function attemptDelivery(platform: Platform, dispatcher: GuardedDispatcher, input: { delivery: ClaimedDelivery; at: Date; signers: Webhook[]; secretHeaders: Awaited<ReturnType<SecretHeaders["of"]>> }): Promise<AttemptOutcome> {
  const { delivery, at, signers, secretHeaders } = input;
  const body = bodyFor(delivery.payloadMode, { id: delivery.eventId, type: delivery.eventType, createdAt: delivery.eventCreatedAt, dataJson: delivery.dataJson });
  return await sendWebhook({
    dispatcher,
    url: delivery.url,
    headers: {
      ...customHeaders(delivery.headers, secretHeaders),
      "content-type": "application/json",
      "user-agent": userAgent,
      ...signatureHeaders({ eventId: delivery.eventId, at, body, signers }),
    },
    body,
    timeoutMs: platform.config.webhookTimeoutMs,
  });
}
