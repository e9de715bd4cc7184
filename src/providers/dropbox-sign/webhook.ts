import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, type RawWebhook, rejected, verified, WebhookFormatError } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime } from "../webhook-body.ts";
import { jsonFieldOf } from "./json-field.ts";
import type { DropboxSignCredentials, DropboxSignSettings } from "./manifest.ts";

/** The time is that of the event, and Dropbox Sign repeats for about three days. */
const TOLERANCE_SECONDS = 4 * 86_400;

/** https://developers.hellosign.com/docs/events/walkthrough/ */
export const dropboxSignWebhook: ProviderWebhook<DropboxSignSettings, DropboxSignCredentials> = {
  scheme: "event_hash in the body: hex HMAC-SHA256 of event_time and event_type with the account's API key; the rest of the event is only a hint",
  toleranceSeconds: TOLERANCE_SECONDS,
  /** Exactly these words, or the event is repeated. */
  answer: { status: 200, contentType: "text/plain; charset=utf-8", body: "Hello API Event Received" },

  verify(webhook, { credentials, now }) {
    const keys = credentials.map((set) => set.apiKey).filter((key) => key.trim() !== "");
    if (keys.length === 0) return rejected("no_secret");
    const event = eventOf(webhook);
    if (event === null) return rejected("signature_malformed");
    const { event_time: time, event_type: type, event_hash: hash } = event;
    if (hash === undefined || hash === "") return rejected("signature_missing");
    if (time === undefined) return rejected("timestamp_missing");
    // Ten digits and then letters: nothing stands between time and type, and so nothing can change sides.
    if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash) || typeof time !== "string" || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
    if (typeof type !== "string" || !/^[A-Za-z_]{1,100}$/.test(type)) return rejected("signature_malformed");
    if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

    const received = Buffer.from(hash, "hex");
    const matches = keys.map((key) => timingSafeEqual(createHmac("sha256", key).update(`${time}${type}`).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  vouchesFor(webhook) {
    const { event_time, event_type, event_hash } = eventOf(webhook) ?? {};
    return [event_time, event_type, event_hash].map(String);
  },

  contentTypes: ["multipart/form-data", "application/x-www-form-urlencoded", "application/json"],
  accountIn: ({ accountId }) => accountId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { apiKey: secret }, settings: {} }),

  parse(webhook) {
    const json = jsonFieldOf(webhook);
    if (json === null) throw new WebhookFormatError("the body has no field json");
    const { event, signature_request } = readFields(bodySchema, readObject(json));
    const request = signature_request?.signature_request_id;
    // Two events of one second and type have one hash: the object tells them apart.
    const object = request ?? event.event_metadata?.related_signature_id;
    return [{
      externalId: externalIdOf(event.event_hash, object),
      type: event.event_type,
      occurredAt: readTime(Number(event.event_time) * 1000),
      about: request === undefined ? null : { kind: "signature_request", reference: request },
      account: event.event_metadata?.reported_for_account_id,
      test: signature_request?.test_mode === true,
    }];
  },
};

const bodySchema = z.object({
  event: z.object({
    event_time: cleanText(20),
    event_type: cleanText(100),
    event_hash: cleanText(64),
    event_metadata: optional(z.object({ related_signature_id: optional(cleanText(200)), reported_for_account_id: optional(cleanText(200)) })),
  }),
  signature_request: optional(z.object({ signature_request_id: optional(cleanText(200)), test_mode: z.unknown().optional() })),
});

function eventOf(webhook: RawWebhook): { event_time?: unknown; event_type?: unknown; event_hash?: unknown } | null {
  try {
    const json = jsonFieldOf(webhook);
    const event = json === null ? null : readObject(json)["event"];
    return typeof event === "object" && event !== null ? event : null;
  } catch {
    return null;
  }
}
