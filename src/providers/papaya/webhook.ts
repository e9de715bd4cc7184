import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { PapayaCredentials, PapayaSettings } from "./manifest.ts";

/** https://docs.papayaglobal.com: no signature is documented, so the address carries a secret. */
export const papayaWebhook: ProviderWebhook<PapayaSettings, PapayaCredentials> = {
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

  forKnownAnswer: ({ secret }) => ({ credentials: { callbackSecret: secret }, settings: {} }),

  parse(webhook) {
    const { id, type, event, status, updatedAt } = readFields(bodySchema, readObject(webhook.body));
    const about = id === undefined ? null : { kind: "payment", reference: id };
    return [{ externalId: sha256(webhook.body), type: type ?? event ?? status ?? "notification", occurredAt: readTime(updatedAt), about }];
  },
};

/** The form is not published: whatever object comes is kept, and what looks like an id is taken for the payment's. */
const bodySchema = z.object({
  id: optional(cleanId),
  type: optional(cleanText(100)),
  event: optional(cleanText(100)),
  status: optional(cleanText(100)),
  updatedAt: optional(cleanText(100)),
});

/** Secrets of different lengths compare in the same time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
