import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { buildSandbox } from "../../sandbox/app.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { HttpTransport } from "../../src/lib/http.ts";
import { createHttpTransport } from "../../src/lib/http-transport.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { type ConnectableProvider, hasWebhook, isConnectable, type ProviderConnection, type RawWebhook, WebhookFormatError } from "../../src/providers/contract.ts";
import { reasons } from "../../src/providers/reasons.ts";
import type { ProviderErrorKind } from "../../src/providers/provider-error.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { until } from "../support/wait.ts";
import { hostileBodies, type Misbehaviour, misbehaving, mutate } from "./hostile.ts";

// What every provider must do. The suite loops over the registry, so that a new provider is under test without asking for it.

const sharedSecret = "contract-suite";
const now = new Date("2026-01-15T12:00:00Z");
const logger = createLogger({ level: "silent", process: "test" });

let dataDir: string;
let sandbox: Awaited<ReturnType<typeof buildSandbox>>;
let sandboxUrl: string;
let transport: HttpTransport & { close(): Promise<void> };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "provider-contract-"));
  sandbox = await buildSandbox({ dataDir, stepMs: 10, logger, sharedSecret, production: false });
  sandboxUrl = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
  transport = createHttpTransport({ logger });
});

afterAll(async () => {
  await transport.close();
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

function connect(provider: ConnectableProvider, options: { account?: string; credentials?: unknown; baseUrl?: string; http?: HttpTransport } = {}): ProviderConnection {
  return provider.connect({
    settings: provider.manifest.settings.parse({}),
    credentials: options.credentials ?? sandboxCredentialsFor(provider, options.account ?? "suite", sharedSecret),
    mode: "sandbox",
    baseUrl: options.baseUrl ?? `${sandboxUrl}/${provider.manifest.slug}`,
    http: options.http ?? transport,
    clock: systemClock,
  });
}

interface FormField {
  type?: string;
  title?: string;
  secret?: boolean;
  description?: string;
}

function form(schema: z.ZodType): { fields: Record<string, FormField>; closed: boolean } {
  const json = z.toJSONSchema(schema, { io: "input" });
  return { fields: (json.properties ?? {}) as Record<string, FormField>, closed: json.additionalProperties === false };
}

describe.each(listProviders().map((provider) => ({ slug: provider.manifest.slug, provider })))("$slug", ({ slug, provider }) => {
  describe("the manifest", () => {
    it("names the provider as URLs, logs and the catalogue want it", () => {
      const { manifest } = provider;
      expect(slug).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
      for (const url of [manifest.docs.api, manifest.docs.webhooks].filter((link) => link !== undefined)) expect(url).toMatch(/^https:\/\//);
      expect(manifest.webhookSetup === null).toBe(!hasWebhook(provider.webhook));
    });

    it("yields forms that are closed and labelled", () => {
      for (const { fields, closed } of [form(provider.manifest.settings), form(provider.manifest.credentials)]) {
        expect(closed).toBe(true);
        for (const [name, field] of Object.entries(fields)) expect(field.title, name).toMatch(/\S/);
      }
      for (const field of Object.values(form(provider.manifest.settings).fields)) expect(field.description).toMatch(/\S/);
    });

    it("flags every secret, and none among the settings", () => {
      const secrets = Object.entries(form(provider.manifest.credentials).fields);
      expect(secrets.length).toBeGreaterThan(0);
      for (const [name, field] of secrets) if (/secret|key|token|password/i.test(name)) expect(field.secret, name).toBe(true);
      for (const [name, field] of Object.entries(form(provider.manifest.settings).fields)) expect(field.secret, name).not.toBe(true);
    });

    it("says what a client needs to know of the API, if there is a client", () => {
      if (!isConnectable(provider)) return;
      const { manifest } = provider;
      expect(manifest.liveBaseUrl(manifest.settings.parse({}))).toMatch(/^https:\/\/[^/].*[^/]$/);
      expect(manifest.rate).toMatchObject({ source: expect.stringMatching(/\S/) });
      expect(Math.min(manifest.rate.requests, manifest.rate.perMs, manifest.usualAnswerMs)).toBeGreaterThan(0);
    });

    it("has the capabilities it claims, and no others", () => {
      // Who cannot be called can do nothing for anybody, and must not say otherwise.
      if (!isConnectable(provider)) return expect(provider.manifest.capabilities).toEqual([]);
      const connection = connect(provider);
      const offered = Object.keys(connection).filter((key) => key !== "testConnection" && key !== "webhookSubscription");
      expect(offered.toSorted()).toEqual(provider.manifest.capabilities.toSorted());
    });
  });

  const { webhook } = provider;
  if (!hasWebhook(webhook)) {
    it("says why it has no webhook", () => expect(webhook.reason).toMatch(/\S/));
  } else {
    const settings = provider.manifest.settings.parse({});
    const credentials = sandboxCredentialsFor(provider, "suite", sharedSecret);
    const stranger = sandboxCredentialsFor(provider, "stranger", sharedSecret);
    const derive = (label: string) => deriveSandboxSecret(sharedSecret, { provider: slug, account: "suite", label });
    const example = (more: { type?: string; body?: Buffer; credentials?: unknown } = {}): RawWebhook => {
      if (provider.sandbox.exampleWebhook === undefined) throw new Error(`${slug}: sandbox.exampleWebhook is missing`);
      return provider.sandbox.exampleWebhook({ credentials, settings, now, derive, ...more });
    };
    const verify = (raw: RawWebhook, sets: unknown[] = [credentials], at = now) => webhook.verify(raw, { credentials: sets, settings, now: at });
    const parse = (raw: RawWebhook) => {
      const verdict = verify(raw);
      if (!verdict.ok) throw new Error(`not verified: ${verdict.reason}`);
      return webhook.parse(verdict.webhook);
    };
    /** Whether the request passes although something that its secret vouches for differs from the example's. */
    const forged = (raw: RawWebhook): boolean =>
      verify(raw).ok && (webhook.vouchesFor === undefined || JSON.stringify(webhook.vouchesFor(raw)) !== JSON.stringify(webhook.vouchesFor(example())));
    const signing = Object.keys(example().headers).filter((name) => name !== "content-type");

    describe("the webhook", () => {
      it("passes with a good signature, with any one of several valid secrets", () => {
        const raw = example();
        for (const sets of [[credentials], [stranger, credentials], [credentials, stranger]]) expect(verify(raw, sets).ok).toBe(true);
      });

      it("is rejected when the body was altered", () => {
        const raw = example();
        for (const body of [Buffer.concat([raw.body, Buffer.from(" ")]), raw.body.subarray(0, -1), Buffer.alloc(0), Buffer.concat([Buffer.from("\ufeff"), raw.body])]) {
          if (!body.equals(raw.body)) expect(forged({ ...raw, body })).toBe(false);
        }
      });

      it("is rejected with another's secret, and when no secret is configured", () => {
        expect(verify(example(), [stranger]).ok).toBe(false);
        expect(verify(example(), [])).toEqual({ ok: false, reason: "no_secret" });
        const blank = Object.fromEntries(Object.keys(credentials as object).map((name) => [name, ""]));
        // A signature made with the empty key must not pass either.
        expect(verify(example(), [blank]).ok).toBe(false);
        expect(verify(example({ credentials: blank }), [blank]).ok).toBe(false);
        const spaces = Object.fromEntries(Object.keys(credentials as object).map((name) => [name, "  "]));
        expect(verify(example({ credentials: spaces }), [spaces])).toEqual({ ok: false, reason: "no_secret" });
      });

      it.each(signing)("is rejected when the header %s is missing, empty, sent twice or longer", (name) => {
        const raw = example();
        const value = String(raw.headers[name]);
        for (const changed of [undefined, "", [value, value], `${value}0`, `${value} `, ` ${value}`, value.slice(0, -1), `${value}, ${value}`]) {
          expect(forged({ ...raw, headers: { ...raw.headers, [name]: changed } }), JSON.stringify(changed)).toBe(false);
        }
      });

      it("is rejected without the secret of its path, or with another one, if it has one", () => {
        const raw = example();
        const { pathSecret } = raw;
        expect(pathSecret !== undefined).toBe(webhook.secretInPath !== undefined);
        if (pathSecret === undefined) return;
        expect((credentials as Record<string, unknown>)[webhook.secretInPath ?? ""]).toBe(pathSecret);
        for (const changed of [undefined, "", `${pathSecret}0`, pathSecret.slice(0, -1), ` ${pathSecret}`, pathSecret.toUpperCase(), "{callbackSecret}"]) {
          expect(verify({ ...raw, pathSecret: changed }).ok, JSON.stringify(changed)).toBe(false);
        }
      });

      it("depends on something that is secret", () => {
        const raw = example();
        // With every header and the secret of the path gone, and another body, nothing is left that could prove anything.
        expect(verify({ method: "POST", url: raw.url, headers: {}, body: Buffer.from("{}") }).ok).toBe(false);
        expect(webhook.vouchesFor === undefined || webhook.vouchesFor(raw).join("").length > 0).toBe(true);
      });

      it("does not take news for a challenge", () => {
        expect(webhook.handshake?.(example(), { credentials: [credentials], settings, now }) ?? null).toBeNull();
      });

      it("is rejected when it is too old or too new, if its scheme signs a time", () => {
        const { toleranceSeconds } = webhook;
        if (toleranceSeconds === undefined) return;
        const shifted = (seconds: number) => verify(example(), [credentials], new Date(now.getTime() + seconds * 1000)).ok;
        expect([shifted(toleranceSeconds - 1), shifted(toleranceSeconds + 1), shifted(-toleranceSeconds - 1)]).toEqual([true, false, false]);
      });

      it("is rejected after any of 10,000 changes", () => {
        const raw = example();
        const accepted: unknown[] = [];
        const change = fc.record({
          part: fc.constantFrom(...(raw.body.length === 0 ? [] : ["body"]), ...(raw.pathSecret === undefined ? [] : ["path"]), ...signing),
          how: fc.constantFrom("flip", "cut", "swap", "insert", "drop"),
          at: fc.nat(),
          bit: fc.integer({ min: 0, max: 7 }),
        });
        fc.assert(
          fc.property(change, ({ part, how, at, bit }) => {
            const before = part === "body" ? raw.body : Buffer.from(part === "path" ? (raw.pathSecret ?? "") : String(raw.headers[part]), "latin1");
            const after = mutate(before, how, at, bit);
            if (after?.equals(before)) return;
            const text = after?.toString("latin1");
            const changed = part === "body" ? { body: after ?? Buffer.alloc(0) } : part === "path" ? { pathSecret: text } : { headers: { ...raw.headers, [part]: text } };
            if (forged({ ...raw, ...changed })) accepted.push({ part, how, at, bit });
          }),
          { numRuns: 10_000 },
        );
        expect(accepted).toEqual([]);
      });

      it("gives news that name themselves the same way each time", () => {
        const raw = example();
        const news = parse(raw);
        expect(news.length).toBeGreaterThan(0);
        for (const item of news) {
          expect(item.externalId.length).toBeGreaterThan(0);
          expect(item.externalId.length).toBeLessThanOrEqual(300);
          expect(item.occurredAt === null || Math.abs(item.occurredAt.getTime() - now.getTime()) < 1000).toBe(true);
        }
        expect(parse({ ...raw, body: Buffer.from(raw.body) })).toEqual(news);
      });

      it("is kept when its type is unknown", () => {
        const unknown = example({ type: "somethingQuiteNew" });
        // A vendor with one kind of webhook has no types to be unknown.
        if (JSON.stringify(unknown) === JSON.stringify(example())) return;
        expect(parse(unknown).map((item) => item.type)).toContain("somethingQuiteNew");
      });

      it.each(hostileBodies())("is read or refused, and breaks nothing, when the vendor signed $name", ({ body }) => {
        const raw = example({ body: Buffer.from(body) });
        // Where the proof lies in the body, not every body can hold one.
        if (webhook.vouchesFor !== undefined && !verify(raw).ok) return;
        try {
          for (const item of parse(raw)) {
            expect(item.externalId.length).toBeLessThanOrEqual(300);
            expect(`${item.externalId}${item.type}${item.about?.reference ?? ""}`).not.toContain("\0");
          }
        } catch (error) {
          expect(error).toBeInstanceOf(WebhookFormatError);
        }
      });
    });
  }

  if (!isConnectable(provider)) return;

  describe("the connection", () => {
    it("can be tested in the sandbox, and is refused there with a stranger's secret", async () => {
      await connect(provider).testConnection();
      const [mine, other] = [sandboxCredentialsFor(provider, "suite", sharedSecret), sandboxCredentialsFor(provider, "suite", "another sandbox")];
      await expect(connect(provider, { credentials: other }).testConnection()).rejects.toMatchObject({ name: "ProviderError", provider: slug, kind: "auth" });
      expect(JSON.stringify(mine)).not.toBe(JSON.stringify(other));
    });

    it.each<Misbehaviour & { name: string; kind: ProviderErrorKind; retryAfterMs?: number }>([
      { name: "401", status: 401, kind: "auth" }, { name: "403", status: 403, kind: "auth" }, { name: "404", status: 404, kind: "not_found" },
      { name: "400", status: 400, kind: "invalid" }, { name: "422", status: 422, kind: "invalid" },
      { name: "429", status: 429, headers: { "retry-after": "3" }, kind: "rate_limited", retryAfterMs: 3_000 },
      { name: "500", status: 500, kind: "unavailable" }, { name: "503", status: 503, kind: "unavailable" },
      { name: "a redirect", status: 302, headers: { location: "http://127.0.0.1:1/" }, kind: "unexpected" },
      { name: "garbage", status: 200, body: "<html>jane@example.test</html>", kind: "unexpected" },
      { name: "another form", status: 200, body: '["jane@example.test"]', kind: "unexpected" },
      { name: "silence", silent: true, kind: "unavailable" }, { name: "a cut line", cut: true, kind: "unavailable" },
    ])("turns $name into $kind", async ({ kind, retryAfterMs, ...answer }) => {
      const vendor = misbehaving(answer);
      try {
        const baseUrl = await vendor.listen({ host: "127.0.0.1", port: 0 });
        const http: HttpTransport = { request: (request) => transport.request({ ...request, timeoutMs: 250 }) };
        const connection = connect(provider, { baseUrl, http });
        for (const call of callsOf(connection)) {
          const error = await call().then(() => undefined, (thrown: unknown) => thrown as Error & Record<string, unknown>);
          expect(error).toMatchObject({ name: "ProviderError", provider: slug, kind });
          if (retryAfterMs !== undefined) expect(error?.["retryAfterMs"]).toBe(retryAfterMs);
          expect(error?.message).not.toMatch(/jane|example\.test/);
        }
      } finally {
        vendor.server.closeAllConnections();
        await vendor.close();
      }
    });

    it("fails as unavailable when nobody listens", async () => {
      await expect(connect(provider, { baseUrl: "http://127.0.0.1:1" }).testConnection()).rejects.toMatchObject({ kind: "unavailable" });
    });
  });

  if (provider.manifest.capabilities.includes("identityVerification")) {
    it.each([
      { tags: "+reject", result: "rejected" }, { tags: "+consider", result: "consider" }, { tags: "+resubmit", result: "clear" },
      { tags: "+silent+reject", result: "rejected" },
    ])("decides $result for an address with $tags", async ({ tags, result }) => {
      const identity = connect(provider, { account: "tags" }).identityVerification;
      if (identity === undefined) throw new Error("no identityVerification");
      const externalId = `ver${tags.replaceAll("+", "_")}`;
      const { reference } = await identity.createApplicant({ externalId, firstName: "Jane", lastName: "Doe", email: `jane${tags}@example.test`, checks: ["identity"] });
      await identity.createInvitation({ reference, externalId, ttlSeconds: 600, checks: ["identity"] });
      const decision = await until("a decision", () => identity.fetchDecision({ reference }), (answer) => answer.state === "decided", 10_000);
      expect(decision.result).toBe(result);
      // Only published codes, and at least one where the answer is not a plain yes.
      for (const reason of decision.reasons) expect(Object.keys(reasons)).toContain(reason);
      expect(decision.reasons.length > 0).toBe(result !== "clear");
    });

    it("takes a candidate through the sandbox to a decision, and its webhooks verify", async () => {
      const account = "round-trip";
      const settings = provider.manifest.settings.parse({});
      const receiver = fastify();
      const arrived: RawWebhook[] = [];
      receiver.removeAllContentTypeParsers();
      receiver.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      receiver.post("/hook", async (request, reply) => {
        arrived.push({ method: "POST", url: `${hook}/hook`, headers: request.headers, body: request.body as Buffer });
        return reply.code(200).send();
      });
      const hook = await receiver.listen({ host: "127.0.0.1", port: 0 });
      try {
        const connection = connect(provider, { account });
        const identity = connection.identityVerification;
        if (identity === undefined) throw new Error("no identityVerification");
        await connection.webhookSubscription?.ensure({ url: `${hook}/hook` });
        await connection.webhookSubscription?.ensure({ url: `${hook}/hook` });
        const applicant = { externalId: "ver_contract", firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test", country: "FR", checks: ["identity" as const] };
        const { reference } = await identity.createApplicant(applicant);
        expect(await identity.createApplicant(applicant)).toEqual({ reference });
        expect((await identity.fetchDecision({ reference })).state).toBe("awaiting_candidate");
        const document = { kind: "passport" as const, country: "FR", fileName: "p.png", contentType: "image/png", content: Buffer.from([1, 2, 3]) };
        await identity.submitDocument({ reference, document });
        await identity.submitDocument({ reference, document });
        const invitation = await identity.createInvitation({ reference, externalId: applicant.externalId, ttlSeconds: 600, checks: ["identity"] });
        expect(invitation.url).toMatch(/^https?:\/\//);

        const decision = await until("a decision", () => identity.fetchDecision({ reference }), (answer) => answer.state === "decided", 10_000);
        expect(decision).toMatchObject({ result: "clear", reasons: [] });
        const { webhook } = provider;
        if (!hasWebhook(webhook)) return;
        const news = () => arrived.flatMap((raw) => {
          const verdict = webhook.verify(raw, { credentials: [sandboxCredentialsFor(provider, account, sharedSecret)], settings, now: new Date() });
          if (!verdict.ok) throw new Error(`a webhook of the sandbox does not verify: ${verdict.reason}`);
          return webhook.parse(verdict.webhook);
        });
        // Or about what the vendor made for them: that is recorded beside the applicant.
        const theirs = [reference, ...(invitation.objects ?? []).map((object) => object.reference)];
        await until("a webhook about the applicant", async () => news(), (items) => items.some((item) => theirs.includes(item.about?.reference ?? "")), 10_000);
        await expect(identity.fetchDecision({ reference: "0".repeat(24) })).rejects.toMatchObject({ kind: "not_found" });
      } finally {
        await receiver.close();
      }
    });
  }
});

/** One call of each capability that the suite knows, with input that the provider takes. */
function callsOf(connection: ProviderConnection): (() => Promise<unknown>)[] {
  const identity = connection.identityVerification;
  const background = connection.backgroundCheck;
  const applicant = { externalId: "ver_1", firstName: "Jane", lastName: "Doe", email: "jane@example.test", checks: ["identity" as const] };
  return [
    () => connection.testConnection(),
    ...(identity ? [() => identity.createApplicant(applicant), () => identity.fetchDecision({ reference: "64f0" })] : []),
    ...(background ? [() => background.listPackages(), () => background.createCandidate(applicant), () => background.fetchReport({ order: { kind: "report", reference: "64f0" } })] : []),
  ];
}
