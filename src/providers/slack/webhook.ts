import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, type RawWebhook, rejected, type Verdict, verified, type VerifyInput, WebhookFormatError } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, readTime, sha256 } from "../webhook-body.ts";
import type { SlackCredentials, SlackSettings } from "./manifest.ts";

const TOLERANCE_SECONDS = 300;

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const slackWebhook: ProviderWebhook<SlackSettings, SlackCredentials> = {
  scheme: "X-Slack-Signature: v0=hex HMAC-SHA256 of \"v0:time:body\" with the app's signing secret, the time being X-Slack-Request-Timestamp",
  toleranceSeconds: TOLERANCE_SECONDS,
  verify,

  /** https://docs.slack.dev/reference/events/url_verification. Slack signs it like everything else. */
  handshake(webhook, input) {
    if (!webhook.body.subarray(0, 4_096).includes("url_verification")) return null;
    const challenge = readChallenge(webhook.body);
    if (challenge === null) return null;
    const verdict = verify(webhook, input);
    if (!verdict.ok) return verdict;
    return { ok: true, answer: { status: 200, contentType: "application/json", body: JSON.stringify({ challenge }) } };
  },

  contentTypes: ["application/json", "application/x-www-form-urlencoded"],
  accountIn: ({ teamId }) => teamId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { signingSecret: secret }, settings: {} }),

  parse(webhook) {
    const form = String(webhook.headers["content-type"] ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
    return [form ? readForm(webhook.body) : readEvent(webhook.body)];
  },
};

function verify(webhook: RawWebhook, { credentials, now }: VerifyInput<SlackSettings, SlackCredentials>): Verdict {
  const secrets = credentials.map((set) => set.signingSecret).filter((secret) => secret.trim() !== "");
  if (secrets.length === 0) return rejected("no_secret");
  const { "x-slack-signature": header, "x-slack-request-timestamp": time } = webhook.headers;
  if (header === undefined || header === "") return rejected("signature_missing");
  if (time === undefined || time === "") return rejected("timestamp_missing");
  const signature = typeof header === "string" ? /^v0=([0-9a-f]{64})$/.exec(header)?.[1] : undefined;
  if (signature === undefined || typeof time !== "string" || !/^\d{10}$/.test(time)) return rejected("signature_malformed");
  if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS) return rejected("timestamp_stale");

  const received = Buffer.from(signature, "hex");
  const matches = secrets.map((secret) => timingSafeEqual(createHmac("sha256", secret).update(`v0:${time}:`).update(webhook.body).digest(), received));
  return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
}

function readChallenge(body: Buffer): string | null {
  try {
    const json = readObject(body);
    const { type, challenge } = json;
    return type === "url_verification" && typeof challenge === "string" && /^[\w.-]{1,256}$/.test(challenge) ? challenge : null;
  } catch {
    return null;
  }
}

/** https://docs.slack.dev/apis/events-api/#events-JSON */
const eventSchema = z.object({
  type: cleanText(200),
  team_id: optional(cleanText(100)),
  event_id: optional(cleanText(200)),
  event_time: optional(z.number()),
  event: optional(z.object({ type: cleanText(200) })),
});

function readEvent(body: Buffer): News {
  const { type, team_id, event_id, event_time, event } = readFields(eventSchema, readObject(body));
  const occurredAt = readTime(event_time === undefined ? undefined : event_time * 1000);
  return { externalId: event_id === undefined ? sha256(body) : externalIdOf(event_id), type: event?.type ?? type, occurredAt, about: null, account: team_id };
}

/** Buttons and menus come as JSON in the field "payload", slash commands as plain fields. */
function readForm(body: Buffer): News {
  const fields = new URLSearchParams(body.toString("utf8"));
  const payload = fields.get("payload");
  if (payload === null && fields.get("command") === null) throw new WebhookFormatError("neither a payload nor a command");
  const { type, account } = payload === null
    ? { type: readFields(cleanText(200), fields.get("command")), account: fields.get("team_id") ?? undefined }
    : readInteraction(payload);
  return { externalId: sha256(body), type, occurredAt: null, about: null, account };
}

function readInteraction(payload: string): { type: string; account: string | undefined } {
  const { type, team } = readFields(z.object({ type: cleanText(200), team: optional(z.object({ id: optional(cleanText(100)) })) }), readObject(payload));
  return { type, account: team?.id };
}
