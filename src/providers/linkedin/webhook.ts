import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, readFields, readObject, sha256 } from "../webhook-body.ts";
import type { LinkedinCredentials, LinkedinSettings } from "./manifest.ts";

/** https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation */
export const linkedinWebhook: ProviderWebhook<LinkedinSettings, LinkedinCredentials> = {
  scheme: "X-LI-Signature: hex HMAC-SHA256 of \"hmacsha256=\" and the raw body with the application's client secret",

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.clientSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-li-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    // Anything but lower-case hex of the right length is none: a lenient reader would take a part for the whole.
    if (typeof header !== "string" || !/^[0-9a-f]{64}$/.test(header)) return rejected("signature_malformed");
    const received = Buffer.from(header, "hex");
    const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update("hmacsha256=").update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  forKnownAnswer: ({ secret }) => ({ credentials: { clientSecret: secret }, settings: {} }),

  challengedByGet: true,
  /**
   * The answer is a MAC of what was asked, with the secret that signs events. A code that begins like a signed event would
   * have us sign a forgery, so only letters, digits and dashes are answered.
   */
  handshake(webhook, { credentials }) {
    if (webhook.method !== "GET") return null;
    const codes = new URL(webhook.url).searchParams.getAll("challengeCode");
    const [challengeCode] = codes;
    if (challengeCode === undefined) return null;
    const secret = credentials.map((set) => set.clientSecret).find((one) => one.trim() !== "");
    if (secret === undefined) return { ok: false, reason: "no_secret" };
    if (codes.length > 1 || !/^[A-Za-z0-9-]{1,100}$/.test(challengeCode)) return { ok: false, reason: "signature_malformed" };
    const challengeResponse = createHmac("sha256", secret).update(challengeCode).digest("hex");
    return { ok: true, answer: { status: 200, contentType: "application/json", body: JSON.stringify({ challengeCode, challengeResponse }) } };
  },

  parse(webhook) {
    const { type } = readFields(bodySchema, readObject(webhook.body));
    return [{ externalId: sha256(webhook.body), type, occurredAt: null, about: null }];
  },
};

const bodySchema = z.object({ type: cleanText(200) });
