import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, type RawWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime } from "../webhook-body.ts";
import type { LeverCredentials, LeverSettings } from "./manifest.ts";

/** The time is that of the event, and Lever repeats five times: a day leaves room for the last one. */
const TOLERANCE_SECONDS = 86_400;

/** https://hire.lever.co/developer/documentation#webhooks. There is no signature header, whatever other guides say. */
export const leverWebhook: ProviderWebhook<LeverSettings, LeverCredentials> = {
  scheme: "signature in the body: hex HMAC-SHA256 of its token and triggeredAt with the webhook's signature token; the rest of the body is only a hint",
  toleranceSeconds: TOLERANCE_SECONDS,

  verify(webhook, { credentials, now }) {
    const secrets = credentials.map((set) => set.signatureToken).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const proof = proofOf(webhook);
    if (proof === null) return rejected("signature_malformed");
    const { token, triggeredAt, signature } = proof;
    if (signature === undefined) return rejected("signature_missing");
    if (triggeredAt === undefined) return rejected("timestamp_missing");
    if (typeof signature !== "string" || !/^[0-9a-f]{64}$/.test(signature) || typeof token !== "string" || !/^[\w-]{1,200}$/.test(token)) return rejected("signature_malformed");
    // Thirteen digits: nothing stands between token and time, and a fixed length keeps a digit from changing sides.
    if (typeof triggeredAt !== "number" || !/^\d{13}$/.test(String(triggeredAt))) return rejected("signature_malformed");
    if (Math.abs(now.getTime() - triggeredAt) > TOLERANCE_SECONDS * 1000) return rejected("timestamp_stale");

    const received = Buffer.from(signature, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(`${token}${triggeredAt}`).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  vouchesFor(webhook) {
    const { token, triggeredAt, signature } = proofOf(webhook) ?? {};
    return [token, triggeredAt, signature].map(String);
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { signatureToken: secret }, settings: {} }),

  parse(webhook) {
    const { token, triggeredAt, event, data } = readFields(bodySchema, readObject(webhook.body));
    const opportunity = data?.opportunityId;
    // The token is used once, and it is signed: whoever puts another body around it brings nothing new.
    return [{ externalId: externalIdOf(token), type: event, occurredAt: readTime(triggeredAt), about: opportunity === undefined ? null : { kind: "opportunity", reference: opportunity } }];
  },
};

const bodySchema = z.object({
  token: cleanText(200),
  triggeredAt: z.number(),
  event: cleanText(200),
  data: optional(z.object({ opportunityId: optional(cleanText(200)) })),
});

function proofOf({ body }: RawWebhook): { token?: unknown; triggeredAt?: unknown; signature?: unknown } | null {
  try {
    return readObject(body);
  } catch {
    return null;
  }
}
