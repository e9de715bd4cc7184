import { createHmac } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { hasWebhook, type ProviderWebhook, type RawWebhook } from "../src/providers/contract.ts";
import { findProvider } from "../src/providers/registry.ts";
import { judgeStandardWebhook } from "./vectors-standard-webhooks.ts";

// One published request, and whether we judge it as its publisher says.

const header = z.union([z.string(), z.array(z.string())]);

export const knownAnswerSchema = z.object({
  provider: z.string(),
  algorithm: z.string().nullish(),
  secret_or_key: z.string().nullish(),
  headers: z.record(z.string(), header).default({}),
  body: z.string().nullish(),
  params: z.record(z.string(), header).nullish(),
  /** Unix seconds; null where the scheme has no time. */
  now: z.number().nullish(),
  tolerance_seconds: z.number().nullish(),
  method: z.string().nullish(),
  url: z.string().nullish(),
  direction: z.string().nullish(),
  expected_response: z.unknown().optional(),
  /** False where nobody could recompute the entry. */
  verified: z.boolean().nullish(),
  /** Null: a sample whose secret is not published, there for its shape only. */
  valid: z.boolean().nullable(),
});
export type KnownAnswer = z.output<typeof knownAnswerSchema>;

export type Result = { passed: boolean; note: string };

/** Looks at one known answer as the platform would, with its clock. */
export function judge(entry: KnownAnswer): Result {
  if (entry.provider === "standard-webhooks") return compare(entry, judgeStandardWebhook(entry));
  const provider = findProvider(entry.provider);
  if (provider === undefined) return { passed: false, note: "unknown provider" };
  if (entry.direction === "outbound-request") return judgeRequest(entry, provider);
  if (entry.algorithm?.startsWith("raw-hmac-sha256-hex")) return judgePrimitive(entry);
  const { webhook } = provider;
  if (!hasWebhook(webhook)) return { passed: false, note: `has no webhook: ${webhook.reason}` };
  if (webhook.forKnownAnswer === undefined) return { passed: false, note: "webhook.forKnownAnswer is missing" };

  if (entry.expected_response !== undefined) return judgeHandshake(entry, webhook);

  const { credentials, settings } = webhook.forKnownAnswer({ secret: entry.secret_or_key ?? "", algorithm: entry.algorithm ?? "" });
  const verdict = webhook.verify(rawWebhook(entry), { credentials: entry.secret_or_key == null ? [] : [credentials], settings, now: clockOf(entry) });
  if (entry.valid === null) return { passed: true, note: "shape" };
  return compare(entry, verdict.ok ? "accepted" : verdict.reason);
}

/** The answer must be the published one; where the secret behind it is not published, it can only have the same form. */
function judgeHandshake(entry: KnownAnswer, webhook: ProviderWebhook): Result {
  if (webhook.handshake === undefined || webhook.forKnownAnswer === undefined) return { passed: false, note: "a handshake, and this provider answers none" };
  const { credentials, settings } = webhook.forKnownAnswer({ secret: entry.secret_or_key ?? "not published", algorithm: entry.algorithm ?? "" });
  const handshake = webhook.handshake(rawWebhook(entry), { credentials: [credentials], settings, now: clockOf(entry) });
  if (handshake === null || !handshake.ok) return compare(entry, handshake === null ? "no handshake" : handshake.reason);
  const { body = "" } = handshake.answer;
  const expected = entry.expected_response;
  const answered: unknown = typeof expected === "string" ? body : JSON.parse(body);
  if (isDeepStrictEqual(answered, expected)) return compare(entry, "accepted");
  const sameForm = entry.verified === false && JSON.stringify(answered).length === JSON.stringify(expected).length;
  return sameForm ? { passed: true, note: "shape" } : compare(entry, "another answer");
}

/** Not a webhook: what the MAC beneath a scheme gives. */
function judgePrimitive(entry: KnownAnswer): Result {
  const mac = createHmac("sha256", entry.secret_or_key ?? "").update(entry.body ?? "").digest("hex");
  return compare(entry, entry.headers["x-expected-hmac"] === mac ? "accepted" : "another MAC");
}

/** The signature that we put on a request must be the published one, in the headers that the entry names. */
function judgeRequest(entry: KnownAnswer, provider: NonNullable<ReturnType<typeof findProvider>>): Result {
  if (provider.signRequest === undefined) return { passed: false, note: "signRequest is missing" };
  const signed = provider.signRequest({
    secret: entry.secret_or_key ?? "",
    method: entry.method ?? "POST",
    pathWithQuery: entry.url ?? "/",
    body: Buffer.from(entry.body ?? ""),
    at: new Date((entry.now ?? 0) * 1000),
  });
  const ours = new Map(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
  const different = Object.entries(entry.headers).filter(([name, value]) => ours.get(name.toLowerCase()) !== value);
  return compare(entry, different.length === 0 ? "accepted" : `we send another ${different.map(([name]) => name).join(", ")}`);
}

function clockOf(entry: KnownAnswer): Date {
  return entry.now == null ? new Date() : new Date(entry.now * 1000);
}

function rawWebhook(entry: KnownAnswer): RawWebhook {
  return {
    method: entry.method ?? (entry.direction === "challenge-GET" ? "GET" : "POST"),
    // As it stands: a signature may cover each character of it.
    url: entry.url?.startsWith("http") ? entry.url : `https://hooks.example.test${entry.url ?? "/"}`,
    headers: Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(entry.body ?? formOf(entry.params ?? {}), "utf8"),
  };
}

function formOf(params: Record<string, string | string[]>): string {
  return new URLSearchParams(Object.entries(params).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))).toString();
}

/** `outcome` is "accepted" or the reason of the rejection. */
function compare(entry: KnownAnswer, outcome: string): Result {
  const passed = (outcome === "accepted") === (entry.valid !== false);
  return { passed, note: passed ? outcome : `${outcome}, but it is ${entry.valid === false ? "not " : ""}valid` };
}
