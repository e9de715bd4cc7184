import { createHmac, randomUUID } from "node:crypto";
import type { DigestAlgorithm } from "./manifest.ts";

/** A clientWebhook as the stand-in keeps it. */
export interface StoredWebhook {
  id: string;
  account: string;
  target: string;
  types: string[];
  secretKey: string;
  signatureAlgorithm: DigestAlgorithm;
  headers?: { key: string; value: string }[];
  [field: string]: unknown;
}

const hashes: Record<DigestAlgorithm, string> = { HMAC_SHA1_HEX: "sha1", HMAC_SHA256_HEX: "sha256", HMAC_SHA512_HEX: "sha512" };

/** What all of Sumsub's webhooks about applicants have in common. https://docs.sumsub.com/docs/user-verification-webhooks */
export function webhookPayload(
  applicant: { id: string; inspectionId: string; externalUserId: string; levelName: string },
  now: Date,
): Record<string, unknown> {
  return {
    applicantId: applicant.id,
    inspectionId: applicant.inspectionId,
    applicantType: "individual",
    correlationId: randomUUID().replaceAll("-", ""),
    externalUserId: applicant.externalUserId,
    levelName: applicant.levelName,
    createdAtMs: sumsubTime(now, "milliseconds"),
    sandboxMode: true,
  };
}

/** The bytes and headers of a delivery, signed with the webhook's own secret. */
export function signedWebhook(
  body: Buffer,
  webhook: Pick<StoredWebhook, "secretKey" | "signatureAlgorithm" | "headers">,
): { headers: Record<string, string>; body: Buffer } {
  const headers = {
    ...Object.fromEntries((webhook.headers ?? []).map(({ key, value }) => [key, value])),
    "content-type": "application/json",
    "x-payload-digest-alg": webhook.signatureAlgorithm,
    "x-payload-digest": createHmac(hashes[webhook.signatureAlgorithm], webhook.secretKey).update(body).digest("hex"),
  };
  return { headers, body };
}

/** UTC in Sumsub's own form: "2026-11-24 09:30:00", or with ".000" at the end. */
export function sumsubTime(date: Date, precision: "seconds" | "milliseconds"): string {
  return date.toISOString().replace("T", " ").slice(0, precision === "seconds" ? 19 : 23);
}
