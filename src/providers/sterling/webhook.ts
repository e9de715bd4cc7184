import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import { type SterlingCredentials, type SterlingSettings, sterlingSettings } from "./manifest.ts";

/** https://sterling.readme.io/docs/handling-callbacks: no signature is documented, so the address carries a secret. */
export const sterlingWebhook: ProviderWebhook<SterlingSettings, SterlingCredentials> = {
  scheme: "no signature: the last part of the address is a secret, and the payload is only a hint",
  secretInPath: "callbackSecret",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.callbackSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const { pathSecret } = webhook;
    if (pathSecret === undefined || pathSecret === "") return rejected("signature_missing");
    if (!/^[A-Za-z0-9_-]{32,200}$/.test(pathSecret)) return rejected("signature_malformed");
    const received = digest(pathSecret);
    const matches = secrets.map((secret) => timingSafeEqual(digest(secret), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  vouchesFor: ({ pathSecret = "" }) => [pathSecret],

  /** Exactly 200 ends the repetitions. */
  answer: { status: 200 },
  forKnownAnswer: ({ secret }) => ({
    credentials: { clientId: "known-answer", clientSecret: "known-answer", callbackSecret: secret },
    settings: sterlingSettings.parse({}),
  }),

  parse(webhook) {
    const { type, payload } = readFields(bodySchema, readObject(webhook.body));
    // Neither the status nor the time can be believed, so the body itself is what tells two callbacks apart.
    return [{ externalId: sha256(webhook.body), type, occurredAt: readTime(payload.updatedAt), about: { kind: "screening", reference: payload.id } }];
  },
};

const bodySchema = z.object({ type: cleanText(100), payload: z.object({ id: cleanId, updatedAt: optional(cleanText(100)) }) });

/** Secrets of different lengths compare in the same time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
