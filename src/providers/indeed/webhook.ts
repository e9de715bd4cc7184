import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, externalIdOf, optional, readFields, readObject, sha256 } from "../webhook-body.ts";
import type { IndeedCredentials, IndeedSettings } from "./manifest.ts";

/** https://docs.indeed.com/indeed-apply/. SHA-1 is what Indeed offers; as a MAC it still holds. */
export const indeedWebhook: ProviderWebhook<IndeedSettings, IndeedCredentials> = {
  scheme: "X-Indeed-Signature: base64 HMAC-SHA1 of the raw body with the Indeed Apply API secret",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.applySecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-indeed-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Twenty bytes in canonical base64: the last letter has two bits to spare, and another spelling is another header.
    const received = typeof header === "string" && /^[A-Za-z0-9+/]{27}=$/.test(header) ? Buffer.from(header, "base64") : null;
    if (received === null || received.toString("base64") !== header) return rejected("signature_malformed");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha1", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { applySecret: secret }, settings: {} }),

  parse(webhook) {
    const { id, job } = readFields(applicationSchema, readObject(webhook.body));
    const externalId = id === undefined ? sha256(webhook.body) : externalIdOf(id);
    return [{ externalId, type: "application", occurredAt: null, about: job?.jobId === undefined ? null : { kind: "job_posting", reference: job.jobId } }];
  },
};

const applicationSchema = z.object({
  id: optional(cleanId),
  job: optional(z.object({ jobId: optional(cleanId) })),
});
