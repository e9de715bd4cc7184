import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, type RawWebhook, rejected, type Verdict, verified, type VerifyInput } from "../contract.ts";
import { cleanId, cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { ZoomCredentials, ZoomSettings } from "./manifest.ts";

/** Zoom names none; its retries are signed anew. */
const TOLERANCE_SECONDS = 300;

/** https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header */
export const zoomWebhook: ProviderWebhook<ZoomSettings, ZoomCredentials> = {
  scheme: "x-zm-signature: v0=hex HMAC-SHA256 of \"v0:time:body\" with the app's secret token, the time being x-zm-request-timestamp",
  toleranceSeconds: TOLERANCE_SECONDS,
  verify,

  /**
   * https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint. The answer is a MAC of what was sent, with
   * the secret that signs events: a token that could be read as "v0:time:body" would have us sign a forgery. What carries a
   * signature must carry the right one.
   */
  handshake(webhook, input) {
    if (webhook.body.length > 4_096 || !webhook.body.includes("endpoint.url_validation")) return null;
    const plainToken = readPlainToken(webhook.body);
    if (plainToken === null) return null;
    const { "x-zm-signature": signature, "x-zm-request-timestamp": time } = webhook.headers;
    if (signature !== undefined || time !== undefined) {
      const verdict = verify(webhook, input);
      if (!verdict.ok) return verdict;
    }
    const [secret] = secretsOf(input);
    if (secret === undefined) return { ok: false, reason: "no_secret" };
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(plainToken)) return { ok: false, reason: "signature_malformed" };
    const encryptedToken = createHmac("sha256", secret).update(plainToken).digest("hex");
    return { ok: true, answer: { status: 200, contentType: "application/json", body: JSON.stringify({ plainToken, encryptedToken }) } };
  },

  accountIn: ({ accountId }) => accountId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { webhookSecretToken: secret }, settings: {} }),

  parse(webhook) {
    const { event, event_ts, payload } = readFields(bodySchema, readObject(webhook.body));
    const id = payload?.object?.uuid ?? payload?.object?.id;
    // x-zm-request-id is not signed; the event's own time is.
    const externalId = id === undefined || event_ts === undefined ? sha256(webhook.body) : externalIdOf(event, id, event_ts);
    const meeting = payload?.object?.id;
    return [{ externalId, type: event, occurredAt: readTime(event_ts), about: meeting === undefined ? null : { kind: "meeting", reference: meeting }, account: payload?.account_id }];
  },
};

function secretsOf({ credentials }: VerifyInput<ZoomSettings, ZoomCredentials>): string[] {
  return credentials.map((set) => set.webhookSecretToken).filter((secret) => secret.trim() !== "");
}

function verify(webhook: RawWebhook, input: VerifyInput<ZoomSettings, ZoomCredentials>): Verdict {
  const secrets = secretsOf(input);
  if (secrets.length === 0) return rejected("no_secret");
  const { "x-zm-signature": header, "x-zm-request-timestamp": time } = webhook.headers;
  if (header === undefined || header === "") return rejected("signature_missing");
  if (time === undefined || time === "") return rejected("timestamp_missing");
  const signature = typeof header === "string" ? /^v0=([0-9a-f]{64})$/.exec(header)?.[1] : undefined;
  if (signature === undefined || typeof time !== "string" || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
  if (Math.abs(input.now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

  const received = Buffer.from(signature, "hex");
  const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(`v0:${time}:`).update(webhook.body).digest(), received));
  return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
}

function readPlainToken(body: Buffer): string | null {
  try {
    const { event, payload } = readObject(body);
    const token = (payload as { plainToken?: unknown } | null | undefined)?.plainToken;
    return event === "endpoint.url_validation" && typeof token === "string" ? token : null;
  } catch {
    return null;
  }
}

const bodySchema = z.object({
  event: cleanText(200),
  event_ts: optional(z.number()),
  payload: optional(z.object({ account_id: optional(cleanText(200)), object: optional(z.object({ id: optional(cleanId), uuid: optional(cleanText(200)) })) })),
});
