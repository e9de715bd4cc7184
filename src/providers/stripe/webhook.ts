import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime } from "../webhook-body.ts";
import type { StripeCredentials, StripeSettings } from "./manifest.ts";

const TOLERANCE_SECONDS = 300;
/** Stripe sends one signature for each valid secret of the endpoint, so two while one is rolled. */
const MAX_ITEMS = 20;

/** https://docs.stripe.com/webhooks#verify-manually */
export const stripeWebhook: ProviderWebhook<StripeSettings, StripeCredentials> = {
  scheme: "Stripe-Signature: t=time,v1=hex HMAC-SHA256 of \"time.body\" with the endpoint's secret; any one of several v1 counts, other schemes never do",
  toleranceSeconds: TOLERANCE_SECONDS,

  verify(webhook, { credentials, now }) {
    const secrets = credentials.map((set) => set.webhookSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["stripe-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    const items = typeof header === "string" ? readItems(header) : null;
    if (items === null) return rejected("signature_malformed");
    const [time, second] = items.times;
    if (time === undefined) return rejected("timestamp_missing");
    if (second !== undefined || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
    // Both ways: a time from the future could be replayed for longer.
    if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");
    if (items.signatures.length === 0) return rejected("signature_missing");

    const given = items.signatures.filter((text) => /^[0-9a-f]{64}$/.test(text)).map((text) => Buffer.from(text, "hex"));
    if (given.length === 0) return rejected("signature_malformed");
    // The secret is used as the text that it is, "whsec_" included.
    const due = secrets.map((secret) => createHmac("sha256", secret).update(`${time}.`).update(webhook.body).digest());
    const matches = due.flatMap((ours) => given.map((theirs) => timingSafeEqual(ours, theirs)));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  accountIn: ({ accountId }) => accountId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { webhookSecret: secret }, settings: {} }),

  parse(webhook) {
    const event = readFields(eventSchema, readObject(webhook.body));
    const object = event.data?.object;
    // Events of the second generation carry no object, only where it is.
    const about = object?.id === undefined || object.object === undefined
      ? event.related_object === undefined ? null : { kind: event.related_object.type, reference: event.related_object.id }
      : { kind: object.object, reference: object.id };
    const occurredAt = readTime(typeof event.created === "number" ? event.created * 1000 : event.created);
    return [{ externalId: externalIdOf(event.id), type: event.type, occurredAt, about, account: event.account, test: event.livemode === false }];
  },
};

function readItems(header: string): { times: string[]; signatures: string[] } | null {
  const items = header.split(",", MAX_ITEMS + 1).map((item) => /^([a-z][a-z0-9]{0,7})=(.*)$/s.exec(item));
  if (items.length > MAX_ITEMS || items.includes(null)) return null;
  const valuesOf = (scheme: string): string[] => items.filter((item) => item?.[1] === scheme).map((item) => item?.[2] ?? "");
  return { times: valuesOf("t"), signatures: valuesOf("v1") };
}

/** https://docs.stripe.com/api/events/object, https://docs.stripe.com/api/v2/core/events/object */
const eventSchema = z.object({
  id: cleanText(255),
  type: cleanText(200),
  livemode: z.unknown().optional(),
  /** The connected account, on events for Connect. */
  account: optional(cleanText(255)),
  created: optional(z.union([z.number(), cleanText(100)])),
  data: optional(z.object({ object: optional(z.object({ id: optional(cleanText(255)), object: optional(cleanText(100)) })) })),
  related_object: optional(z.object({ id: cleanText(255), type: cleanText(100) })),
});
