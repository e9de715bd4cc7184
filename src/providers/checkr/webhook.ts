import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime } from "../webhook-body.ts";
import type { CheckrCredentials, CheckrSettings } from "./manifest.ts";

/** https://docs.checkr.com/#section/Webhooks. An account without a key sends a sentence as its signature: it is refused like any other text. */
export const checkrWebhook: ProviderWebhook<CheckrSettings, CheckrCredentials> = {
  scheme: "X-Checkr-Signature: hex HMAC-SHA256 of the raw body with the account's API key or the partner application's client secret",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.webhookKey).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-checkr-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Anything but lower-case hex of the right length is none: a lenient reader would take a part for the whole.
    if (typeof header !== "string" || !/^[0-9a-f]{64}$/.test(header)) return rejected("signature_malformed");
    const received = Buffer.from(header, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { webhookKey: secret }, settings: {} }),

  parse(webhook) {
    const { id, type, created_at, data } = readFields(eventSchema, readObject(webhook.body));
    const object = data?.object;
    const about = object?.id === undefined ? null : { kind: object.object ?? "object", reference: object.id };
    return [{ externalId: externalIdOf(id), type, occurredAt: readTime(created_at), about }];
  },
};

const eventSchema = z.object({
  id: cleanText(255),
  type: cleanText(200),
  created_at: optional(cleanText(100)),
  data: optional(z.object({ object: optional(z.object({ id: optional(cleanText(255)), object: optional(cleanText(100)) })) })),
});
