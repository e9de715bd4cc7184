import { createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { signatureHeaders, signerOf } from "../src/webhooks/outbound/sign.ts";
import type { KnownAnswer } from "./known-answer.ts";

const defaultToleranceSeconds = 300;

/**
 * Looks at a request with Standard Webhooks headers as a strict receiver of ours does, at the clock of the entry: the
 * official library makes the signature (its own verify can't be given a clock), v1a is Ed25519 of the same bytes.
 * For what must pass with v1, our own signer has to give one of the signatures too.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function judgeStandardWebhook(entry: KnownAnswer): string {
  const headers = new Map(Object.entries(entry.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [id, timestamp, list] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers.get(name));
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof list !== "string") return "header missing";
  if (!/^\d{10}$/.test(timestamp)) return "timestamp malformed";
  const now = entry.now ?? Date.now() / 1000;
  if (Math.abs(now - Number(timestamp)) > (entry.tolerance_seconds ?? defaultToleranceSeconds)) return "timestamp stale";

  const request = { id, at: new Date(Number(timestamp) * 1000), body: entry.body ?? "", signatures: list.split(" ") };
  const key = entry.secret_or_key ?? "";
  if (key.startsWith("whpk_")) return verifyAsymmetric(key, request) ? "accepted" : "signature mismatch";
  const expected = new Webhook(key).sign(request.id, request.at, request.body);
  if (!request.signatures.some((signature) => equal(signature, expected))) return "signature mismatch";
  const ours = signatureHeaders({ eventId: id, at: request.at, body: request.body, signers: [signerOf(key)] })["webhook-signature"];
  return ours === expected ? "accepted" : "our own signer disagrees";
}

interface SignedRequest {
  id: string;
  at: Date;
  body: string;
  signatures: string[];
}

function verifyAsymmetric(publicKey: string, request: SignedRequest): boolean {
  const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${request.id}.${request.at.getTime() / 1000}.${request.body}`);
  return request.signatures.some((signature) => {
    const [version, value] = signature.split(",");
    return version === "v1a" && value !== undefined && verifySignature(null, signed, key, Buffer.from(value, "base64"));
  });
}

function equal(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
