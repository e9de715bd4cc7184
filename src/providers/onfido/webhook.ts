import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import { type OnfidoCredentials, type OnfidoSettings, onfidoSettings } from "./manifest.ts";

/** https://documentation.onfido.com/api/latest#webhook-verification */
export const onfidoWebhook: ProviderWebhook<OnfidoSettings, OnfidoCredentials> = {
  scheme: "X-SHA2-Signature: hex HMAC-SHA256 of the raw body with the webhook's own token",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.webhookToken ?? "").filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-sha2-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Anything but lower-case hex of the right length is none: a lenient reader would take a part for the whole.
    if (typeof header !== "string" || !/^[0-9a-f]{64}$/.test(header)) return rejected("signature_malformed");
    const received = Buffer.from(header, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { apiToken: "api_sandbox.known-answer", webhookToken: secret }, settings: onfidoSettings.parse({}) }),

  parse(webhook) {
    const { payload } = readFields(bodySchema, readObject(webhook.body));
    const { resource_type: kind, action, object, resource } = payload;
    const at = object.completed_at_iso8601 ?? object.started_at_iso8601;
    // No event id is sent; without a time only the same bytes are surely the same news.
    const externalId = at === undefined ? sha256(webhook.body) : externalIdOf(action, object.id, at);
    return [{ externalId, type: action, occurredAt: readTime(at), about: aboutOf(kind, object, resource) }];
  },
};

/** Whoever waits, waits for an applicant; where the news name none, for the run or the check that was made for them. */
function aboutOf(kind: string, object: Payload["object"], resource: Payload["resource"]): News["about"] {
  if (resource?.applicant_id !== undefined) return { kind: "applicant", reference: resource.applicant_id };
  const run = object.workflow_run_id ?? resource?.workflow_run_id;
  if (run !== undefined) return { kind: "workflow_run", reference: run };
  return { kind, reference: object.id };
}

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
    /** From payload version 3 on. */
    resource: optional(z.object({ applicant_id: optional(cleanText(255)), workflow_run_id: optional(cleanText(255)) })),
  }),
});
type Payload = z.output<typeof bodySchema>["payload"];
