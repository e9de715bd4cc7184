import { Webhook } from "standardwebhooks";
import { randomBytes } from "node:crypto";

/** A new endpoint secret: `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0 asks for 24 to 64). */
export function generateEndpointSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** The bytes that every attempt of an event sends. `dataJson` is the payload as it was stored, its key order kept. */
export function webhookBody(event: { type: string; createdAt: Date; dataJson: string }): string {
  return `{"type":${JSON.stringify(event.type)},"timestamp":${JSON.stringify(event.createdAt.toISOString())},"data":${event.dataJson}}`;
}

/** Prepares a secret for signing: decoding it once serves all of an endpoint's deliveries. */
export function signerOf(secret: string): Webhook {
  return new Webhook(secret);
}

/**
 * The three Standard Webhooks headers. During a rotation's overlap both secrets sign, space-separated.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(input: { eventId: string; at: Date; body: string; signers: Webhook[] }): Record<string, string> {
  return {
    "webhook-id": input.eventId,
    "webhook-timestamp": String(Math.floor(input.at.getTime() / 1000)),
    "webhook-signature": input.signers.map((signer) => signer.sign(input.eventId, input.at, input.body)).join(" "),
  };
}
