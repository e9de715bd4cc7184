import { createHmac } from "node:crypto";
import { findProvider } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";

/** The secret that Sumsub would sign a sandbox integration's webhooks with. */
export function sumsubSecret(integrationId: string, sandboxSecret = "waystation-sandbox"): string {
  const provider = findProvider("sumsub");
  if (provider === undefined) throw new Error("sumsub is missing");
  return (sandboxCredentialsFor(provider, integrationId, sandboxSecret) as { webhookSecret: string }).webhookSecret;
}

export interface SentWebhook {
  headers: Record<string, string>;
  body: string;
}

/** A webhook as Sumsub sends it, about an applicant that nobody knows. */
export function sumsubWebhook(secret: string, applicantId: string): SentWebhook {
  const body = JSON.stringify({ applicantId, type: "applicantReviewed", createdAtMs: "2026-11-24 09:00:00.000", reviewStatus: "completed" });
  return { body, headers: { "content-type": "application/json", "x-payload-digest-alg": "HMAC_SHA256_HEX", "x-payload-digest": createHmac("sha256", secret).update(body).digest("hex") } };
}
