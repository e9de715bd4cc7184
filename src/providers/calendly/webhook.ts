import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { CalendlyCredentials, CalendlySettings } from "./manifest.ts";

/** Three minutes, as in Calendly's own sample. */
const TOLERANCE_SECONDS = 180;
const HEADER_LENGTH = "t=".length + 10 + ",v1=".length + 64;

/** https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures. The sample signs re-made JSON; the bytes that came are what counts. */
export const calendlyWebhook: ProviderWebhook<CalendlySettings, CalendlyCredentials> = {
  scheme: "Calendly-Webhook-Signature: t=time,v1=hex HMAC-SHA256 of \"time.body\" with the subscription's signing key",
  toleranceSeconds: TOLERANCE_SECONDS,

  verify(webhook, { credentials, now }) {
    const keys = credentials.map((set) => set.webhookSigningKey).filter((key) => key.trim() !== "");
    if (keys.length === 0) return rejected("no_secret");
    const header = webhook.headers["calendly-webhook-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // The two items and nothing else, in whichever order: the sample looks for them by name.
    const items = typeof header === "string" && header.length === HEADER_LENGTH ? header : "";
    const time = /(?:^|,)t=(\d{10})(?:,|$)/.exec(items)?.[1];
    const signature = /(?:^|,)v1=([0-9a-f]{64})(?:,|$)/.exec(items)?.[1];
    if (time === undefined || signature === undefined) return rejected("signature_malformed");
    if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

    const received = Buffer.from(signature, "hex");
    const matches = keys.map((key) => timingSafeEqual(createHmac("sha256", key).update(`${time}.`).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { webhookSigningKey: secret }, settings: {} }),

  parse(webhook) {
    const { event, created_at, payload } = readFields(bodySchema, readObject(webhook.body));
    const uri = payload?.uri;
    // Calendly has no event id: the same invitee is created once and cancelled once.
    const externalId = uri === undefined ? sha256(webhook.body) : externalIdOf(event, uri, created_at);
    return [{ externalId, type: event, occurredAt: readTime(created_at), about: uri === undefined ? null : { kind: "invitee", reference: uri } }];
  },
};

const bodySchema = z.object({
  event: cleanText(200),
  created_at: optional(cleanText(100)),
  payload: optional(z.object({ uri: optional(cleanText(500)) })),
});
