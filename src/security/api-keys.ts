import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * API keys: `wsk_<id>_<secret><checksum>`. The id (12 characters) is public and finds the row; the secret has 43 base62
 * characters (256 bits); the checksum is CRC-32 in 6 base62 characters, so that a mistyped or invented key is refused
 * without a query and scanners can tell a real key from a random word. Only the SHA-256 of the secret is stored.
 */
const keyShape = /^wsk_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    // 248 = 4 × 62: larger bytes are thrown away, so that every character is equally likely.
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += alphabet[byte % 62];
  }
  return text;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let out = "";
  for (let i = 0; i < 6; i += 1) {
    out = alphabet[rest % 62] + out;
    rest = Math.floor(rest / 62);
  }
  return out;
}

export interface GeneratedApiKey {
  /** The key's whole text: shown once. */
  secret: string;
  /** `wsk_<id>`: what finds the row, safe to show and log. */
  prefix: string;
  secretHash: Buffer;
}

export function generateApiKey(): GeneratedApiKey {
  const body = `wsk_${randomBase62(12)}_${randomBase62(43)}`;
  return describeApiKey(body + checksumOf(body)) as GeneratedApiKey;
}

/** Takes a key's text apart, or gives undefined when its shape or checksum is wrong. */
export function describeApiKey(text: string): GeneratedApiKey | undefined {
  const match = keyShape.exec(text);
  if (match === null || checksumOf(text.slice(0, -6)) !== match[3]) return undefined;
  return { secret: text, prefix: `wsk_${match[1]}`, secretHash: createHash("sha256").update(text).digest() };
}

/** Compares two digests in constant time. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What a key may do. `*` is everything; `<noun>:write` includes `<noun>:read`. */
export const scopes = [
  "*", "tenants:read", "tenants:write", "api-keys:read", "api-keys:write", "audit:read", "integrations:read", "integrations:write",
  "verifications:read", "verifications:write", "webhook-endpoints:read", "webhook-endpoints:write", "events:read", "events:write",
  "deliveries:read", "deliveries:write", "inbound-events:read", "inbound-events:write", "inbound-bodies:read", "event-types:read", "event-types:write", "runs:read", "runs:write", "codec:decode",
] as const;
export type Scope = (typeof scopes)[number];

export function allows(granted: readonly string[], needed: Scope): boolean {
  if (granted.includes("*") || granted.includes(needed)) return true;
  return needed.endsWith(":read") && granted.includes(needed.replace(/:read$/, ":write"));
}
