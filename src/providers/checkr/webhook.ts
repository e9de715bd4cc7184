import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime } from "../webhook-body.ts";
import { type CheckrCredentials, type CheckrSettings, checkrSettings } from "./manifest.ts";

/** https://docs.checkr.com/#section/Webhooks. An account without a key sends a sentence as its signature: it is refused like any other text. */
export const checkrWebhook: ProviderWebhook<CheckrSettings, CheckrCredentials> = {
  scheme: "X-Checkr-Signature: hex HMAC-SHA256 of the raw body with the account's API key or the partner application's client secret",

  verify(webhook, { credentials, settings }) {
    const secrets = credentials.map((set) => signingKey(set, settings)).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-checkr-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Anything but lower-case hex of the right length is none: a lenient reader would take a part for the whole.
    if (typeof header !== "string" || !/^[0-9a-f]{64}$/.test(header)) return rejected("signature_malformed");
    const received = Buffer.from(header, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { apiKey: secret }, settings: checkrSettings.parse({}) }),

  parse(webhook) {
    const { id, type, created_at, data } = readFields(eventSchema, readObject(webhook.body));
    return [{ externalId: externalIdOf(id), type, occurredAt: readTime(created_at), about: aboutOf(data?.object) }];
  },
};

/** A connected account's access token signs nothing: without the application's secret nothing of a partner's can be believed. */
export function signingKey({ apiKey, webhookKey }: CheckrCredentials, { authentication }: Pick<CheckrSettings, "authentication">): string {
  return authentication === "partner_oauth" ? (webhookKey ?? "") : webhookKey || apiKey || "";
}

type EventObject = NonNullable<NonNullable<z.output<typeof eventSchema>["data"]>["object"]>;

/**
 * The owner is found by the candidate wherever Checkr names one: it was made for one check, and its id was known before any
 * invitation or report. The other objects of a check name their report. News of the account have no owner.
 */
function aboutOf(object: EventObject | undefined): News["about"] {
  if (object === undefined) return null;
  if (object.candidate_id !== undefined) return { kind: "candidate", reference: object.candidate_id };
  if (object.report_id !== undefined) return { kind: "report", reference: object.report_id };
  if (object.id === undefined || object.object === "account") return null;
  return { kind: object.object ?? "object", reference: object.id };
}

const reference = optional(cleanText(255));

const eventSchema = z.object({
  id: cleanText(255),
  type: cleanText(200),
  created_at: optional(cleanText(100)),
  data: optional(z.object({ object: optional(z.object({ id: reference, object: optional(cleanText(100)), candidate_id: reference, report_id: reference })) })),
});
