import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RawWebhook, type Verdict, WebhookFormatError } from "../contract.ts";
import { type SumsubSettings, sumsubSettings } from "./manifest.ts";
import { sumsubWebhook } from "./webhook.ts";

const SECRET = "SoMe_SeCrEt_KeY";
const SHA256 = "7f3beedce7529616a9d6bba59dc1b054a7247cef67f6acff2600864399f47fe0";
const SHA1 = "f6e92ffe371718694d46e28436f76589312df8db";
const now = new Date("2026-01-01T00:00:00Z");

function webhook(headers: RawWebhook["headers"], body: string | Buffer = "someText"): RawWebhook {
  const all = { "x-payload-digest-alg": "HMAC_SHA256_HEX", ...headers };
  return { method: "POST", url: "https://hooks.example.test/sumsub", headers: all, body: Buffer.from(body as string) };
}

function verify(raw: RawWebhook, options: { secrets?: string[]; settings?: Partial<SumsubSettings> } = {}): Verdict {
  const credentials = (options.secrets ?? [SECRET]).map((webhookSecret) => ({ appToken: "sbx:a", secretKey: "k", webhookSecret }));
  return sumsubWebhook.verify(raw, { credentials, settings: { ...sumsubSettings.parse({}), ...options.settings }, now });
}

function reasonOf(verdict: Verdict): string {
  return verdict.ok ? "accepted" : verdict.reason;
}

const digest = (body: string | Buffer, hash = "sha256", secret = SECRET) => createHmac(hash, secret).update(body).digest("hex");

describe("verify", () => {
  it("accepts the known answers of SHA-256 and SHA-1", () => {
    expect(reasonOf(verify(webhook({ "x-payload-digest": SHA256, "x-payload-digest-alg": "HMAC_SHA256_HEX" })))).toBe("accepted");
    const sha1 = webhook({ "x-payload-digest": SHA1, "x-payload-digest-alg": "HMAC_SHA1_HEX" });
    expect(reasonOf(verify(sha1, { settings: { digestAlgorithm: "HMAC_SHA1_HEX" } }))).toBe("accepted");
  });

  it("accepts SHA-512 where the settings say so", () => {
    const sha512 = webhook({ "x-payload-digest": digest("someText", "sha512"), "x-payload-digest-alg": "HMAC_SHA512_HEX" });
    expect(reasonOf(verify(sha512, { settings: { digestAlgorithm: "HMAC_SHA512_HEX" } }))).toBe("accepted");
    expect(reasonOf(verify(sha512))).toBe("algorithm_not_allowed");
  });

  it.each([undefined, "", "none", "HMAC_SHA256", "hmac_sha256_hex", " HMAC_SHA256_HEX"])("rejects the algorithm %j", (algorithm) => {
    expect(reasonOf(verify(webhook({ "x-payload-digest": SHA256, "x-payload-digest-alg": algorithm })))).toBe("algorithm_not_allowed");
  });

  it("does not let the sender choose a weaker algorithm", () => {
    expect(reasonOf(verify(webhook({ "x-payload-digest": SHA1, "x-payload-digest-alg": "HMAC_SHA1_HEX" })))).toBe("algorithm_not_allowed");
    expect(reasonOf(verify(webhook({ "x-payload-digest": SHA1 })))).toBe("signature_malformed");
  });

  it("accepts any of several valid secrets during a rotation", () => {
    const raw = webhook({ "x-payload-digest": SHA256 });
    expect(reasonOf(verify(raw, { secrets: ["new", SECRET] }))).toBe("accepted");
    expect(reasonOf(verify(raw, { secrets: [SECRET, "new"] }))).toBe("accepted");
    expect(reasonOf(verify(raw, { secrets: ["new", "newer"] }))).toBe("signature_mismatch");
  });

  it.each([
    { name: "no header", digests: undefined, reason: "signature_missing" },
    { name: "an empty header", digests: "", reason: "signature_missing" },
    { name: "the header twice", digests: [SHA256, SHA256], reason: "signature_malformed" },
    { name: "upper-case hex", digests: SHA256.toUpperCase(), reason: "signature_malformed" },
    { name: "something else than hex", digests: "z".repeat(64), reason: "signature_malformed" },
    { name: "too short", digests: SHA256.slice(2), reason: "signature_malformed" },
    { name: "too long", digests: `${SHA256}00`, reason: "signature_malformed" },
    { name: "a line break behind", digests: `${SHA256.slice(1)}\n`, reason: "signature_malformed" },
    { name: "another digest", digests: "0".repeat(64), reason: "signature_mismatch" },
  ])("rejects $name", ({ digests, reason }) => {
    expect(reasonOf(verify(webhook({ "x-payload-digest": digests })))).toBe(reason);
  });

  it("rejects an algorithm header sent twice", () => {
    const raw = webhook({ "x-payload-digest": SHA256, "x-payload-digest-alg": ["HMAC_SHA256_HEX", "HMAC_SHA256_HEX"] });
    expect(reasonOf(verify(raw))).toBe("algorithm_not_allowed");
  });

  it.each([{ secrets: [] }, { secrets: [""] }, { secrets: ["  "] }])("fails closed without a secret: $secrets", ({ secrets }) => {
    const raw = webhook({ "x-payload-digest": digest("someText", "sha256", secrets[0] ?? "") });
    expect(reasonOf(verify(raw, { secrets }))).toBe("no_secret");
  });

  it("rejects every change of the body, the digest or the secret", () => {
    const change = fc.record({
      body: fc.uint8Array({ minLength: 1, maxLength: 200 }),
      at: fc.nat(),
      bit: fc.integer({ min: 0, max: 7 }),
      where: fc.constantFrom("body", "digest", "secret", "nothing"),
    });
    fc.assert(
      fc.property(change, ({ body, at, bit, where }) => {
        const flip = (bytes: Uint8Array) => Buffer.from(bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << bit) : byte)));
        const right = createHmac("sha256", SECRET).update(body).digest();
        const raw = webhook(
          { "x-payload-digest": (where === "digest" ? flip(right) : right).toString("hex") },
          where === "body" ? flip(body) : Buffer.from(body),
        );
        const secret = where === "secret" ? `${SECRET}${at}` : SECRET;
        return reasonOf(verify(raw, { secrets: [secret] })) === (where === "nothing" ? "accepted" : "signature_mismatch");
      }),
      { numRuns: 10_000 },
    );
  });
});

function parse(body: unknown) {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const verdict = verify(webhook({ "x-payload-digest": digest(text) }, text));
  if (!verdict.ok) throw new Error(`not verified: ${verdict.reason}`);
  return sumsubWebhook.parse(verdict.webhook);
}

describe("parse", () => {
  const reviewed = { type: "applicantReviewed", applicantId: "64f", createdAtMs: "2024-05-01 12:34:56.789", createdAt: "2024-05-01 12:34:56+0000" };

  it("names the news by applicant, type and time", () => {
    expect(parse(reviewed)).toEqual([
      {
        externalId: "64f|applicantReviewed|2024-05-01 12:34:56.789",
        type: "applicantReviewed",
        occurredAt: new Date("2024-05-01T12:34:56.789Z"),
        about: { kind: "applicant", reference: "64f" },
        test: false,
      },
    ]);
  });

  it("says whose it is, and whether it is a test", () => {
    expect(parse({ ...reviewed, clientId: "acme", sandboxMode: true })[0]).toMatchObject({ account: "acme", test: true });
  });

  it("keeps a person's actions apart, and gives what monitoring finds to whoever has the applicant", () => {
    const acted = { ...reviewed, type: "applicantActionReviewed" };
    const [one, two] = [parse({ ...acted, applicantActionId: "a1" })[0], parse({ ...acted, applicantActionId: "a2" })[0]];
    expect(one?.externalId).not.toBe(two?.externalId);
    expect(one?.about).toEqual({ kind: "applicant", reference: "64f" });
    expect(parse({ ...reviewed, type: "amlCaseOnHold" })[0]).toMatchObject({ type: "amlCaseOnHold", about: { kind: "applicant", reference: "64f" } });
  });

  it("falls back on createdAt, and understands milliseconds", () => {
    expect(parse({ ...reviewed, createdAtMs: undefined })[0]).toMatchObject({
      externalId: "64f|applicantReviewed|2024-05-01 12:34:56+0000",
      occurredAt: new Date("2024-05-01T12:34:56Z"),
    });
    expect(parse({ ...reviewed, createdAtMs: 1714566896789 })[0]?.occurredAt).toEqual(new Date("2024-05-01T12:34:56.789Z"));
    expect(parse({ ...reviewed, createdAtMs: "soon" })[0]?.occurredAt).toBeNull();
  });

  it("stands in a hash of the body where nothing else tells two pieces of news apart", () => {
    const [first] = parse({ type: "kytCaseCreated", createdAtMs: "2024-05-01 12:34:56.789" });
    expect(first).toMatchObject({ about: null, externalId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [one] = parse({ type: "applicantReviewed", applicantId: "64f", n: 1 });
    const [two] = parse({ type: "applicantReviewed", applicantId: "64f", n: 2 });
    expect(one?.externalId).not.toBe(two?.externalId);
    expect(one?.about).toEqual({ kind: "applicant", reference: "64f" });
  });

  it("keeps the external id within 300 characters", () => {
    const [news] = parse({ ...reviewed, applicantId: "a".repeat(400) });
    expect(news?.externalId).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    { name: "nothing", body: "" },
    { name: "half a document", body: '{"type":' },
    { name: "a list", body: "[]" },
    { name: "null", body: "null" },
    { name: "text", body: '"applicantReviewed"' },
    { name: "bytes that are not UTF-8", body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
    { name: "no type", body: { applicantId: "64f" } },
    { name: "an empty type", body: { ...reviewed, type: "" } },
    { name: "a type that is not text", body: { ...reviewed, type: { $ne: null } } },
    { name: "an applicant that is not text", body: { ...reviewed, applicantId: ["64f"] } },
    { name: "NUL in an id", body: { ...reviewed, applicantId: "64\0f" } },
    { name: "half a surrogate pair in an id", body: '{"type":"applicantReviewed","applicantId":"\\ud800"}' },
    { name: "half a surrogate pair in the type", body: '{"type":"\\udc00","applicantId":"64f"}' },
    { name: "100,000 levels", body: `{"type":"applicantReviewed","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}` },
    { name: "65 levels", body: `{"type":"applicantReviewed","a":${"[".repeat(64)}${"]".repeat(64)}}` },
    { name: "a time without end", body: '{"type":"applicantReviewed","applicantId":"64f","createdAtMs":1e999}' },
  ])("refuses $name", ({ body }) => {
    expect(() => parse(body)).toThrow(WebhookFormatError);
  });

  it("reads or refuses whatever JSON comes, and never breaks", () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        try {
          return parse(body).every((news) => news.externalId.length <= 300);
        } catch (error) {
          return error instanceof WebhookFormatError;
        }
      }),
    );
  });

  it("is not misled by __proto__", () => {
    expect(() => parse('{"__proto__":{"type":"applicantReviewed"}}')).toThrow(WebhookFormatError);
  });
});
