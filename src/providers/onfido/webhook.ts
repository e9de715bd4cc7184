import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";

/** https://documentation.onfido.com/api/latest#webhook-verification */
export const onfidoWebhook: ProviderWebhook<OnfidoSettings, OnfidoCredentials> = {
  scheme: "X-SHA2-Signature: hex HMAC-SHA256 of the raw body with the webhook's own token",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.webhookToken).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-sha2-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Anything but lower-case hex of the right length is none: a lenient reader would take a part for the whole.
    if (typeof header !== "string" || !/^[0-9a-f]{64}$/.test(header)) return rejected("signature_malformed");
    const received = Buffer.from(header, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { webhookToken: secret }, settings: {} }),

  parse(webhook) {
    const { payload } = readFields(bodySchema, readObject(webhook.body));
    const { resource_type: kind, action, object } = payload;
    const at = object.completed_at_iso8601 ?? object.started_at_iso8601;
    // No event id is sent; without a time only the same bytes are surely the same news.
    const externalId = at === undefined ? sha256(webhook.body) : externalIdOf(action, object.id, at);
    // A task belongs to a run, and the run is what somebody waits for.
    const about = object.workflow_run_id === undefined ? { kind, reference: object.id } : { kind: "workflow_run", reference: object.workflow_run_id };
    return [{ externalId, type: action, occurredAt: readTime(at), about }];
  },
};

const bodySchema = z.object({
  payload: z.object({
    resource_type: cleanText(100),
    action: cleanText(200),
    object: z.object({
      id: cleanText(255),
      workflow_run_id: optional(cleanText(255)),
      completed_at_iso8601: optional(cleanText(100)),
      started_at_iso8601: optional(cleanText(100)),
    }),
  }),
});
