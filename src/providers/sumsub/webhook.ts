import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, type VerifiedWebhook, verified, WebhookSizeError } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, sha256 } from "../webhook-body.ts";
import { type DigestAlgorithm, type SumsubCredentials, type SumsubSettings, sumsubSettings } from "./manifest.ts";

/** Source of names and header: https://docs.sumsub.com/docs/webhook-manager */
const hashes: Record<DigestAlgorithm, { name: string; hexLength: number }> = {
  HMAC_SHA256_HEX: { name: "sha256", hexLength: 64 },
  HMAC_SHA512_HEX: { name: "sha512", hexLength: 128 },
  HMAC_SHA1_HEX: { name: "sha1", hexLength: 40 },
};

/** Sumsub's webhooks have a few KB; reading far more than that would hold up everybody else's. */
const MAX_BODY_BYTES = 256 * 1024;

export const sumsubWebhook: ProviderWebhook<SumsubSettings, SumsubCredentials> = {
  scheme: "x-payload-digest: hex HMAC of the raw body with the webhook's own secret, by the algorithm chosen in the settings (SHA-256 unless changed)",

  verify(webhook, { credentials, settings }) {
    const secrets = credentials.map((set) => set.webhookSecret).filter((secret) => secret.trim() !== "");
    if (secrets.length === 0) return rejected("no_secret");

    // The settings decide on the algorithm. The header, which Sumsub always sends, can only agree: a sender must not choose
    // a weaker one, and a request that went through other hands and lost a header is not the one that was signed.
    if (webhook.headers["x-payload-digest-alg"] !== settings.digestAlgorithm) return rejected("algorithm_not_allowed");

    const digest = webhook.headers["x-payload-digest"];
    if (digest === undefined || digest === "") return rejected("signature_missing");
    const hash = hashes[settings.digestAlgorithm];
    if (typeof digest !== "string" || digest.length !== hash.hexLength || !/^[0-9a-f]+$/.test(digest)) {
      return rejected("signature_malformed");
    }

    const received = Buffer.from(digest, "hex");
    // Every secret is tried, so that the time taken does not tell which one fits.
    const matches = secrets.map((secret) => timingSafeEqual(createHmac(hash.name, secret).update(webhook.body).digest(), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  accountIn: ({ clientId }) => clientId || undefined,

  forKnownAnswer({ secret, algorithm }) {
    const bits = /SHA-?(1|256|512)\b/i.exec(algorithm)?.[1] ?? "256";
    return {
      credentials: { appToken: "sbx:known-answer", secretKey: secret, webhookSecret: secret },
      settings: sumsubSettings.parse({ digestAlgorithm: `HMAC_SHA${bits}_HEX` }),
    };
  },

  parse(webhook) {
    const { applicantId, applicantActionId, type, createdAtMs, createdAt, clientId, sandboxMode } = readBody(webhook);
    const occurredAt = readTime(createdAtMs ?? createdAt);
    const about: News["about"] = applicantId === undefined ? null : { kind: "applicant", reference: applicantId };
    // Sumsub sends no event id. Without an applicant or a time, only the same bytes are surely the same news.
    const time = createdAtMs ?? createdAt;
    const externalId = applicantId === undefined || time === undefined ? sha256(webhook.body) : externalIdOf(applicantId, type, time, applicantActionId);
    return [{ externalId, type, occurredAt, about, account: clientId, test: sandboxMode === true }];
  },
};

const bodySchema = z.object({
  type: cleanText(200),
  applicantId: optional(cleanText(1_000)),
  /** An action is one more check of a person who was verified: several may end at the same moment. */
  applicantActionId: optional(cleanText(1_000)),
  /** Documented as text, "2024-05-01 12:34:56.789"; a number of milliseconds is understood too. */
  createdAtMs: optional(z.union([cleanText(100), z.number()])),
  createdAt: optional(cleanText(100)),
  clientId: optional(cleanText(200)),
  sandboxMode: z.unknown().optional(),
});

function readBody({ body }: VerifiedWebhook): z.output<typeof bodySchema> {
  if (body.length > MAX_BODY_BYTES) throw new WebhookSizeError(`the body is longer than ${MAX_BODY_BYTES} bytes`);
  return readFields(bodySchema, readObject(body));
}

/** Sumsub's times are UTC and say so only sometimes ("+0000"). What is no time counts as none. */
function readTime(value: string | number | undefined): Date | null {
  if (value === undefined) return null;
  const time = new Date(typeof value === "number" ? value : toIso(value));
  return Number.isNaN(time.getTime()) ? null : time;
}

function toIso(text: string): string | number {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const parts = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|\+00:?00)?$/.exec(text);
  return parts ? `${parts[1]}T${parts[2]}Z` : Number.NaN;
}
