import { createPublicKey, type KeyObject, verify as verifySignature } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readJson, readTime, sha256 } from "../webhook-body.ts";
import type { SendgridCredentials, SendgridSettings } from "./manifest.ts";

/** SendGrid names none. */
const TOLERANCE_SECONDS = 300;
const signatureHeader = "x-twilio-email-event-webhook-signature";
const timeHeader = "x-twilio-email-event-webhook-timestamp";

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features */
export const sendgridWebhook: ProviderWebhook<SendgridSettings, SendgridCredentials> = {
  scheme: "X-Twilio-Email-Event-Webhook-Signature: ECDSA (P-256, SHA-256) of the time and the raw body, verified with the webhook's public key",
  toleranceSeconds: TOLERANCE_SECONDS,

  verify(webhook, { credentials, now }) {
    const given = credentials.map((set) => set.webhookPublicKey).filter((key) => key.trim() !== "");
    if (given.length === 0) return rejected("no_secret");
    const { [signatureHeader]: header, [timeHeader]: time } = webhook.headers;
    if (header === undefined || header === "") return rejected("signature_missing");
    if (time === undefined || time === "") return rejected("timestamp_missing");
    const signature = typeof header === "string" ? readBase64(header, 128) : null;
    if (signature === null || typeof time !== "string" || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
    if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

    const keys = given.map(readKey).filter((key) => key !== null);
    if (keys.length === 0) return rejected("algorithm_not_allowed");
    // The bytes as they came, the line break at the end included.
    const signed = Buffer.concat([Buffer.from(time), webhook.body]);
    const matches = keys.map((key) => verifySignature("sha256", signed, { key, dsaEncoding: "der" }, signature));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  /** Inbound Parse sends a form. */
  contentTypes: ["application/json", "multipart/form-data"],
  forKnownAnswer: ({ secret }) => ({ credentials: { webhookPublicKey: secret }, settings: {} }),

  /** A list of events. Inbound Parse sends a form instead: mail that came in, told apart by its bytes. */
  parse(webhook) {
    if (String(webhook.headers["content-type"] ?? "").toLowerCase().startsWith("multipart/form-data")) {
      return [{ externalId: sha256(webhook.body), type: "inbound_mail", occurredAt: null, about: null }];
    }
    return readFields(eventsSchema, readJson(webhook.body)).map((event): News => {
      // The part before ".filter" is the id that the send call answered with.
      const message = event.sg_message_id?.split(".")[0];
      return {
        externalId: externalIdOf(event.sg_event_id ?? sha256(JSON.stringify(event))),
        type: event.event,
        occurredAt: readTime(event.timestamp === undefined ? undefined : event.timestamp * 1000),
        about: message ? { kind: "message", reference: message } : null,
      };
    });
  },
};

const eventsSchema = z.array(z.looseObject({
  event: cleanText(100),
  sg_event_id: optional(cleanText(200)),
  sg_message_id: optional(cleanText(500)),
  timestamp: optional(z.number()),
})).max(10_000);

/** Canonical base64 or nothing: another spelling of the same bytes is another header. */
function readBase64(text: string, maxLength: number): Buffer | null {
  if (text.length > maxLength || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

/** A key of another kind or curve must not decide, however it came here. */
function readKey(text: string): KeyObject | null {
  const der = readBase64(text, 500);
  if (der === null) return null;
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : null;
  } catch {
    return null;
  }
}
