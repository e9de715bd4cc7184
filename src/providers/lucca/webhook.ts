import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { LuccaCredentials, LuccaSettings } from "./manifest.ts";

const TOLERANCE_SECONDS = 300;

/** https://developers.luccasoftware.com/documentation/webhooks */
export const luccaWebhook: ProviderWebhook<LuccaSettings, LuccaCredentials> = {
  scheme: "Lucca-Signature: base64 HMAC-SHA256 of \"time.body\" with the endpoint's secret, the time being Lucca-Timestamp (ISO 8601, UTC)",
  toleranceSeconds: TOLERANCE_SECONDS,
  /** Lucca's documented answer; it waits three seconds for it. */
  answer: { status: 202 },
  challengedByGet: true,

  verify(webhook, { credentials, now }) {
    const secrets = credentials.map((set) => set.webhookSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const { "lucca-signature": header, "lucca-timestamp": time } = webhook.headers;
    if (header === undefined || header === "") return rejected("signature_missing");
    if (time === undefined || time === "") return rejected("timestamp_missing");
    const received = typeof header === "string" && /^[A-Za-z0-9+/]{43}=$/.test(header) ? Buffer.from(header, "base64") : null;
    if (received === null || received.toString("base64") !== header) return rejected("signature_malformed");
    const at = typeof time === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(time) ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(at)) return rejected("signature_malformed");
    if (Math.abs(now.getTime() - at) > TOLERANCE_SECONDS * 1000) return rejected("timestamp_stale");

    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(`${String(time)}.`).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  /** Activation: the value comes back as it is, so it is kept short, printable and plain text. */
  handshake(webhook) {
    if (webhook.method !== "GET") return null;
    const values = new URL(webhook.url).searchParams.getAll("echo");
    const [value] = values;
    if (value === undefined) return null;
    if (values.length > 1 || !/^[\x20-\x7e]{1,256}$/.test(value)) return { ok: false, reason: "signature_malformed" };
    return { ok: true, answer: { status: 200, contentType: "text/plain; charset=utf-8", body: value } };
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { webhookSecret: secret }, settings: {} }),

  parse(webhook) {
    const { id, topic, data } = readFields(bodySchema, readObject(webhook.body));
    const externalId = id === undefined ? sha256(webhook.body) : externalIdOf(id);
    const about = data?.id === undefined ? null : { kind: topic.split(".")[0] || "object", reference: data.id };
    return [{ externalId, type: topic, occurredAt: readTime(headerOf(webhook.headers["lucca-timestamp"])), about }];
  },
};

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

const bodySchema = z.object({
  id: optional(cleanId),
  topic: cleanText(200),
  data: optional(z.object({ id: optional(cleanId) })),
});
