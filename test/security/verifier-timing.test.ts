import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasWebhook, isConnectable, type ProviderDefinition, type ProviderWebhook, type RawWebhook, type VerifyInput } from "../../src/providers/contract.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";

const samples = 20_000;
const rounds = 10;
const limitUs = 1;
const now = new Date("2026-01-15T12:00:00Z");

interface Verifier {
  slug: string;
  verify(raw: RawWebhook): string;
  example: RawWebhook;
}

function verifierOf(provider: ProviderDefinition): Verifier | undefined {
  const { webhook, manifest, sandbox } = provider;
  if (!hasWebhook(webhook)) return undefined;
  const credentials = sandboxCredentialsFor(provider, "timing", "timing");
  const settings = manifest.settings.parse({});
  const derive = (label: string): string => deriveSandboxSecret("timing", { provider: manifest.slug, account: "timing", label });
  const example = sandbox.exampleWebhook?.({ credentials: credentials as never, settings: settings as never, now, derive });
  if (example === undefined) throw new Error(`${manifest.slug}${isConnectable(provider) ? "" : ", which only receives,"} has no example`);
  const input = { credentials: [credentials], settings, now } as VerifyInput<never, never>;
  return {
    slug: manifest.slug, example,
    verify(raw) {
      const verdict = (webhook as ProviderWebhook<never, never>).verify(raw, input);
      return verdict.ok ? "verified" : verdict.reason;
    },
  };
}

/** A proof with its first or last byte altered, and still well-formed. */
function alter(proof: string, end: "first" | "last"): string {
  const encoding = /^([0-9a-f]{2})+$/.test(proof) ? "hex" : Buffer.from(proof, "base64").toString("base64") === proof ? "base64" : "latin1";
  const bytes = Buffer.from(proof, encoding);
  const at = end === "first" ? 0 : bytes.length - 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString(encoding);
}

/** The same request with each of its long words altered, one after the other, in its headers, its address and its body. */
function* alterations(raw: RawWebhook): Generator<[RawWebhook, RawWebhook]> {
  const words = (text: string): string[] => text.match(/[A-Za-z0-9+/_-]{20,}={0,2}/g) ?? [];
  const both = (text: string, word: string, put: (altered: string) => RawWebhook): [RawWebhook, RawWebhook] => [put(text.replace(word, alter(word, "first"))), put(text.replace(word, alter(word, "last")))];
  for (const [name, value] of Object.entries(raw.headers)) for (const word of typeof value === "string" ? words(value) : []) yield both(value as string, word, (altered) => ({ ...raw, headers: { ...raw.headers, [name]: altered } }));
  for (const word of words(raw.pathSecret ?? "")) yield both(raw.pathSecret as string, word, (pathSecret) => ({ ...raw, pathSecret }));
  const text = raw.body.toString("utf8");
  for (const word of words(text)) yield both(text, word, (altered) => ({ ...raw, body: Buffer.from(altered) }));
}

/** Where the proof is: altered there, the request is well-formed and refused. */
function alteredProofs({ example, verify }: Verifier): [RawWebhook, RawWebhook] {
  for (const pair of alterations(example)) if (pair.every((raw) => verify(raw) === "signature_mismatch")) return pair;
  throw new Error("its proof was not found");
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** In microseconds. Both kinds take turns, and which goes first too, so that what slows the machine down slows both. */
function differenceOf(verify: Verifier["verify"], [first, last]: [RawWebhook, RawWebhook]): number {
  const timed = (raw: RawWebhook): number => {
    const startedAt = performance.now();
    verify(raw);
    return (performance.now() - startedAt) * 1000;
  };
  for (let n = 0; n < 2_000; n += 1) [first, last].forEach(timed);
  const differences = Array.from({ length: rounds }, () => {
    const times: { first: number[]; last: number[] } = { first: [], last: [] };
    for (let n = 0; n < samples / rounds; n += 1) {
      if (n % 2 === 0) times.first.push(timed(first));
      times.last.push(timed(last));
      if (n % 2 === 1) times.first.push(timed(first));
    }
    return median(times.last) - median(times.first);
  });
  return median(differences);
}

// A public key verifies SendGrid's: nothing secret is compared.
const verifiers = listProviders().flatMap((provider) => (provider.manifest.slug === "sendgrid" ? [] : (verifierOf(provider) ?? [])));

describe("A8 the time that a refusal takes", () => {
  test.each(verifiers)("A8 $slug: a proof that is wrong in its first byte takes as long as one wrong in its last", (verifier) => {
    expect(verifier.verify(verifier.example)).toBe("verified");
    const difference = differenceOf(verifier.verify, alteredProofs(verifier));
    console.log(`A8 ${verifier.slug}: ${difference.toFixed(3)} µs between the medians of ${samples} each`);
    expect(Math.abs(difference)).toBeLessThan(limitUs);
  }, 60_000);
});

/** Ways to compare that stop at the first difference. What is compared with a literal is no proof. */
const proofs = "(?:signatures?|received|theirs|ours|due|secrets?|token|hash|hmac|mac|digest|state)";
const hasty: [RegExp, string][] = [
  [/\.equals\(|Buffer\.compare|\.compare\(|localeCompare/, "compares byte by byte"],
  [/\.(some|find|every|findIndex)\([^;]*timingSafeEqual/, "stops at the first secret that matches"],
  [new RegExp(`(?<!typeof )\\b${proofs}\\s*[!=]==?\\s*(?![\\s=]|undefined|null|"|'|\\d)`), "compares a proof by its text"],
  [new RegExp(`[!=]==?\\s*${proofs}\\b(?![.(])`), "compares a proof by its text"],
  [/\b(secrets?|keys|tokens)\.(includes|indexOf)\(/, "looks a secret up by its text"],
];
const faultsOf = (source: string): string[] => hasty.filter(([pattern]) => pattern.test(source)).map(([, fault]) => fault);

describe("A8 the code of every verifier", () => {
  test.each(listProviders().filter(({ webhook }) => hasWebhook(webhook)).map(({ manifest }) => manifest.slug))("A8 %s compares in constant time, every secret, and in no other way", (slug) => {
    const source = readFileSync(join(import.meta.dirname, `../../src/providers/${slug}/webhook.ts`), "utf8");
    expect(source).toMatch(slug === "sendgrid" ? /import \{[^}]*\bverify\b[^}]*\} from "node:crypto"/ : /\btimingSafeEqual\(/);
    expect(faultsOf(source)).toEqual([]);
  });

  test("A8 what is looked for in the code would be found", () => {
    for (const bad of ["if (signature === expected) return", "expected !== received", "due.equals(received)", "secrets.some((s) => timingSafeEqual(mac(s), received))", "secrets.includes(token)"]) expect(faultsOf(bad), bad).not.toEqual([]);
    expect(faultsOf('if (signature === undefined || signature === "") return; typeof signature !== "string"')).toEqual([]);
  });
});
