import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { DocusignCredentials, DocusignSettings } from "./manifest.ts";

const MAX_SIGNATURES = 20;

/** https://developers.docusign.com/platform/webhooks/connect/validate/ */
export const docusignWebhook: ProviderWebhook<DocusignSettings, DocusignCredentials> = {
  scheme: "X-DocuSign-Signature-1, -2, …: base64 HMAC-SHA256 of the raw body, one for each Connect key; any one that matches counts",

  verify(webhook, { credentials }) {
    const keys = credentials.map((set) => set.hmacKey).filter((key) => key.trim() !== "");
    if (keys.length === 0) return rejected("no_secret");
    const headers = Object.entries(webhook.headers).filter(([name, value]) => /^x-docusign-signature-\d{1,3}$/.test(name) && value !== undefined);
    if (headers.length === 0) return rejected("signature_missing");
    if (headers.length > MAX_SIGNATURES) return rejected("signature_malformed");
    const signatures: Buffer[] = [];
    for (const [, value] of headers) {
      const bytes = typeof value === "string" && /^[A-Za-z0-9+/]{43}=$/.test(value) ? Buffer.from(value, "base64") : null;
      // Another spelling of the same bytes is another header.
      if (bytes === null || bytes.toString("base64") !== value) return rejected("signature_malformed");
      signatures.push(bytes);
    }
    const due = keys.map((key) => createHmac("sha256", key).update(webhook.body).digest());
    const matches = due.flatMap((ours) => signatures.map((theirs) => timingSafeEqual(ours, theirs)));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  accountIn: ({ accountId }) => accountId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { hmacKey: secret }, settings: {} }),

  parse(webhook) {
    const { event, configurationId, generatedDateTime, data } = readFields(bodySchema, readObject(webhook.body));
    const envelope = data?.envelopeId;
    const whole = envelope !== undefined && generatedDateTime !== undefined;
    const externalId = whole ? externalIdOf(configurationId, envelope, event, generatedDateTime) : sha256(webhook.body);
    return [{ externalId, type: event, occurredAt: readTime(generatedDateTime), about: envelope === undefined ? null : { kind: "envelope", reference: envelope }, account: data?.accountId }];
  },
};

const bodySchema = z.object({
  event: cleanText(200),
  configurationId: optional(cleanId),
  generatedDateTime: optional(cleanText(100)),
  data: optional(z.object({ envelopeId: optional(cleanText(100)), accountId: optional(cleanText(100)) })),
});
