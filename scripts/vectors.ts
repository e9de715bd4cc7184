import { readFileSync } from "node:fs";
import { z } from "zod";
import { hasWebhook, type RawWebhook } from "../src/providers/contract.ts";
import { findProvider } from "../src/providers/registry.ts";
import { judgeStandardWebhook } from "./vectors-standard-webhooks.ts";

// npm run vectors -- FILE: runs every provider's verifier over known-answer requests, one line each. A line fails when the
// verdict is not the one that the file gives, and when nobody here knows the provider.

const header = z.union([z.string(), z.array(z.string())]);

const entrySchema = z.object({
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
  /** Null: a sample whose secret is not published, there for its shape only. */
  valid: z.boolean().nullable(),
});
export type KnownAnswer = z.output<typeof entrySchema>;
const labelSchema = z.object({ provider: z.string(), id: z.string().default("?") });

type Result = { passed: boolean; note: string };

function judge(entry: KnownAnswer): Result {
  if (entry.provider === "standard-webhooks") return compare(entry, judgeStandardWebhook(entry));
  const provider = findProvider(entry.provider);
  if (provider === undefined) return { passed: false, note: "unknown provider" };
  if (entry.direction === "outbound-request") return judgeRequest(entry, provider);
  if (entry.expected_response !== undefined) return { passed: false, note: "a handshake, and this provider answers none" };
  const { webhook } = provider;
  if (!hasWebhook(webhook)) return { passed: false, note: `has no webhook: ${webhook.reason}` };
  if (webhook.forKnownAnswer === undefined) return { passed: false, note: "webhook.forKnownAnswer is missing" };

  const { credentials, settings } = webhook.forKnownAnswer({ secret: entry.secret_or_key ?? "", algorithm: entry.algorithm ?? "" });
  const now = entry.now == null ? new Date() : new Date(entry.now * 1000);
  const verdict = webhook.verify(rawWebhook(entry), { credentials: entry.secret_or_key == null ? [] : [credentials], settings, now });
  if (entry.valid === null) return { passed: true, note: "shape" };
  return compare(entry, verdict.ok ? "accepted" : verdict.reason);
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

function rawWebhook(entry: KnownAnswer): RawWebhook {
  return {
    method: entry.method ?? "POST",
    url: entry.url ?? "https://hooks.example.test/",
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

function attempt(value: unknown): Result & { name: string } {
  const { provider, id } = labelSchema.catch({ provider: "?", id: "?" }).parse(value);
  const name = `${provider}  ${id}`;
  try {
    return { name, ...judge(entrySchema.parse(value)) };
  } catch (error) {
    const words = error instanceof z.ZodError ? "is not a known answer" : `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    return { name, passed: false, note: words };
  }
}

function readList(file: string): unknown[] {
  const list: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(list)) throw new Error(`${file} is not a list of known answers`);
  return list;
}

function main(file: string | undefined): number {
  if (file === undefined) {
    console.error("usage: npm run vectors -- FILE");
    return 2;
  }
  const results = readList(file).map((entry) => {
    const result = attempt(entry);
    console.log(`${result.passed ? "pass" : "FAIL"}  ${result.name}  ${result.note}`);
    return result;
  });
  const failed = results.filter((result) => !result.passed).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
