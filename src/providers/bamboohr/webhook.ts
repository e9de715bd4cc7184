import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanId, cleanText, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { BamboohrCredentials, BamboohrSettings } from "./manifest.ts";

/** BambooHR names none. */
const TOLERANCE_SECONDS = 300;

/** https://documentation.bamboohr.com/docs/webhooks. Guides that put the time first are wrong: a recorded webhook says so. */
export const bamboohrWebhook: ProviderWebhook<BamboohrSettings, BamboohrCredentials> = {
  scheme: "X-BambooHR-Signature: hex HMAC-SHA256 of the raw body and then X-BambooHR-Timestamp, with the webhook's private key",
  toleranceSeconds: TOLERANCE_SECONDS,

  verify(webhook, { credentials, now }) {
    const keys = credentials.map((set) => set.webhookPrivateKey).filter((key) => key.trim() !== "");
    if (keys.length === 0) return rejected("no_secret");
    const { "x-bamboohr-signature": header, "x-bamboohr-timestamp": time } = webhook.headers;
    if (header === undefined || header === "") return rejected("signature_missing");
    if (time === undefined || time === "") return rejected("timestamp_missing");
    // Nothing stands between body and time: the time's fixed length is what keeps a digit from changing sides.
    if (typeof header !== "string" || typeof time !== "string" || !/^[0-9a-f]{64}$/.test(header) || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
    if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

    const received = Buffer.from(header, "hex");
    const matches = keys.map((key) => timingSafeEqual(createHmac("sha256", key).update(webhook.body).update(time).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  /** Which of them is chosen where the webhook is made. */
  contentTypes: ["application/json", "application/x-www-form-urlencoded"],
  accountIn: ({ companyId }) => companyId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { webhookPrivateKey: secret }, settings: {} }),

  /** One webhook may be about several employees. */
  parse(webhook) {
    const form = String(webhook.headers["content-type"] ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
    // The form's fields are not published: it is kept, and says only that something has changed.
    if (form) return [{ externalId: sha256(webhook.body), type: "employee_with_fields", occurredAt: null, about: null }];
    const { type, timestamp, data, employees } = readFields(bodySchema, readObject(webhook.body));
    const ids = employees?.map((employee) => employee.id) ?? [data?.employeeId];
    const hash = sha256(webhook.body);
    return ids.map((id, index): News => ({
      externalId: `${hash}|${index}`,
      type: type ?? "employee_with_fields",
      occurredAt: readTime(timestamp),
      about: id === undefined ? null : { kind: "employee", reference: id },
      account: data?.companyId,
    }));
  },
};

const bodySchema = z.object({
  type: optional(cleanText(200)),
  timestamp: optional(cleanText(100)),
  data: optional(z.object({ companyId: optional(cleanId), employeeId: optional(cleanId) })),
  employees: optional(z.array(z.object({ id: cleanId })).min(1).max(1_000)),
}).refine((body) => body.type !== undefined || body.employees !== undefined, "neither a type nor employees");
