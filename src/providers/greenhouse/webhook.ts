import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, optional, readFields, readObject, sha256 } from "../webhook-body.ts";
import type { GreenhouseCredentials, GreenhouseSettings } from "./manifest.ts";

/** https://developers.greenhouse.io/webhooks.html#authentication */
export const greenhouseWebhook: ProviderWebhook<GreenhouseSettings, GreenhouseCredentials> = {
  scheme: "Signature: \"sha256 \" and the hex HMAC-SHA256 of the raw body with the web hook's secret key",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.webhookSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    const hex = typeof header === "string" ? /^sha256 ([0-9a-f]{64})$/.exec(header)?.[1] : undefined;
    if (hex === undefined) return rejected("signature_malformed");
    const received = Buffer.from(hex, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { webhookSecret: secret }, settings: {} }),

  parse(webhook) {
    const { action, payload } = readFields(bodySchema, readObject(webhook.body));
    const application = payload?.application?.id;
    // Greenhouse-Event-ID is not signed: whoever replays a body could give it another one.
    return [{ externalId: sha256(webhook.body), type: action, occurredAt: null, about: application === undefined ? null : { kind: "application", reference: application } }];
  },
};

const bodySchema = z.object({
  action: cleanText(200),
  payload: optional(z.object({ application: optional(z.object({ id: optional(cleanId) })) })),
});
