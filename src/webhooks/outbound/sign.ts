import { createHmac, randomBytes } from "node:crypto";

const prefix = "whsec_";

/** A new endpoint secret: `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0 asks for 24 to 64). */
export function generateEndpointSecret(): string {
  return `${prefix}${randomBytes(32).toString("base64")}`;
}

/** The bytes that every attempt of an event sends. `dataJson` is the payload as it was stored, its key order kept. */
export function webhookBody(event: { type: string; createdAt: Date; dataJson: string }): string {
  return `{"type":${JSON.stringify(event.type)},"timestamp":"${event.createdAt.toISOString()}","data":${event.dataJson}}`;
}

/** The key of a secret, ready to sign: decoding it once serves all of an endpoint's deliveries. */
export interface Signer {
  key: Buffer;
}

/** @throws Error when the secret is not `whsec_` and base64 of 24 to 64 bytes: an empty key would sign what anybody can forge. */
export function signerOf(secret: string): Signer {
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  if (!secret.startsWith(prefix) || key.length < 24 || key.length > 64) throw new Error("not an endpoint secret");
  return { key };
}

/**
 * The three Standard Webhooks headers. During a rotation's overlap both secrets sign, space-separated. By node:crypto: the
 * official library, which the tests verify with, hashes in JavaScript and knows one secret.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(input: { eventId: string; at: Date; body: string; signers: readonly Signer[] }): Record<string, string> {
  const timestamp = String(Math.floor(input.at.getTime() / 1000));
  const signed = `${input.eventId}.${timestamp}.${input.body}`;
  return {
    "webhook-id": input.eventId,
    "webhook-timestamp": timestamp,
    "webhook-signature": input.signers.map(({ key }) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`).join(" "),
  };
}
