import { randomBytes } from "node:crypto";
import { z } from "zod";
import { hasWebhook, isConnectable, type ProviderDefinition, type RawWebhook } from "../../src/providers/contract.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { DEFAULT_SANDBOX_SECRET, deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { generateApiKey } from "../../src/security/api-keys.ts";
import type { Place, Planted } from "./planted.ts";
import { until } from "./wait.ts";

/** What the scenario runs on: an installation, or the platform in one process. */
export interface Ground {
  apiUrl: string;
  sandboxUrl: string;
  adminKey: string;
}

interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

const tenant = "canaries";
const base = `/v1/tenants/${tenant}`;
const word = (): string => `Cnr${randomBytes(9).toString("hex")}`;
const ended = ["completed", "expired", "cancelled", "failed"];

function exampleOf(provider: ProviderDefinition, input: { credentials: unknown; derive: (label: string) => string; body?: Buffer }): RawWebhook {
  const example = provider.sandbox.exampleWebhook?.({ settings: provider.manifest.settings.parse({}) as never, now: new Date(), ...input, credentials: input.credentials as never });
  if (example === undefined) throw new Error(`${provider.manifest.slug} has no example`);
  return example;
}

/** The fields that the provider's manifest flags, as the console's form knows them. */
function secretsOf(provider: ProviderDefinition, credentials: unknown): [string, string][] {
  const fields = (z.toJSONSchema(provider.manifest.credentials, { io: "input" }).properties ?? {}) as Record<string, { secret?: boolean }>;
  return Object.entries(credentials as Record<string, string>).filter(([name]) => fields[name]?.secret === true);
}

/**
 * Drives the whole public surface with texts that are nowhere else, and keeps every answer: a verification to its end, one
 * that is cancelled, accepted and refused webhooks, deliveries that fail, input that is refused, providers that fail.
 */
export class CanaryScenario {
  readonly planted: Planted[] = [];
  readonly answers: Place[] = [];
  private readonly ground: Ground;
  private requests = 0;

  constructor(ground: Ground) {
    this.ground = ground;
    this.planted.push({ what: "the administrator's key", text: ground.adminKey, kind: "secret" });
  }

  async run(): Promise<void> {
    await this.send("POST", "/v1/tenants", { id: tenant, name: "Canaries" });
    await this.endpoints();
    await this.keys();
    await this.integrations();
    await this.verifications();
    await this.refusals();
    await until("deliveries that failed and some that did not", () => this.send("GET", `${base}/deliveries?limit=250`), ({ body }) => {
      const statuses = new Set(body.data.map((delivery: { status: string }) => delivery.status));
      return statuses.has("delivered") && body.data.some((delivery: { lastStatusCode: number | null }) => delivery.lastStatusCode === 500);
    });
    for (const list of ["deliveries", "events", "inbound-events", "integrations", "api-keys", "webhook-endpoints", "audit-log", "runs", "verifications", "recovery-jobs"]) await this.send("GET", `${base}/${list}?limit=250`);
    await this.send("GET", `${base}/audit-log/export`);
  }

  private plant(what: string, kind: Planted["kind"] = "secret", text = word()): string {
    this.planted.push({ what, text, kind });
    return text;
  }

  /** `gives`: the answer's `secret` is given this once, on purpose; all else in it is looked at. */
  private async send(method: string, path: string, body?: unknown, options: { gives?: string; key?: string | null; headers?: Record<string, string> } = {}): Promise<Answer> {
    const { apiUrl, adminKey } = this.ground;
    const { key = adminKey } = options;
    const isForm = body instanceof FormData;
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined || isForm ? {} : { "content-type": "application/json" }), ...options.headers },
      ...(body === undefined ? {} : { body: isForm || typeof body === "string" || body instanceof Uint8Array ? (body as FormData | string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    });
    let text = await answer.text();
    const parsed: unknown = (answer.headers.get("content-type") ?? "").includes("json") && !path.endsWith("/export") && text !== "" ? JSON.parse(text) : text;
    if (options.gives !== undefined) {
      const { secret } = parsed as { secret: string };
      this.plant(options.gives, "secret", secret);
      text = text.replace(secret, "");
    }
    this.answers.push({ name: `answer ${(this.requests += 1)} ${answer.status} ${method} ${path.slice(0, 80)}`, bytes: Buffer.from(`${JSON.stringify([...answer.headers])}\n${text}`) });
    return { status: answer.status, body: parsed };
  }

  private async must(method: string, path: string, body?: unknown, options: { gives?: string; headers?: Record<string, string> } = {}): Promise<Answer["body"]> {
    const answer = await this.send(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  private async endpoints(): Promise<void> {
    await this.control("PUT", "/echo/canaries-fail", { status: 500 });
    for (const name of ["canaries", "canaries-fail"]) {
      const secretHeaders = { authorization: `Bearer ${this.plant(`a secret header of ${name}`)}` };
      const { id } = await this.must("POST", `${base}/webhook-endpoints`, { url: `${this.ground.sandboxUrl}/echo/${name}`, secretHeaders }, { gives: `the secret of ${name}`, headers: { "idempotency-key": word() } });
      await this.must("POST", `${base}/webhook-endpoints/${id}/secret/rotate`, {}, { gives: `the next secret of ${name}` });
      await this.must("GET", `${base}/webhook-endpoints/${id}/secret`, undefined, { gives: `the secret of ${name}, read` });
      await this.must("PATCH", `${base}/webhook-endpoints/${id}`, { secretHeaders: { "x-token": this.plant(`the next secret header of ${name}`) } });
      await this.must("POST", `${base}/webhook-endpoints/${id}/test`, {});
    }
  }

  private async keys(): Promise<void> {
    const { id } = await this.must("POST", `${base}/api-keys`, { name: "canary", scopes: ["*"] }, { gives: "an API key", headers: { "idempotency-key": word() } });
    await this.must("POST", `${base}/api-keys/${id}/rotate`, {}, { gives: "a rotated API key" });
    await this.must("DELETE", `${base}/api-keys/${id}`);
  }

  /**
   * An integration with every provider, and its webhook, right and wrong: a live one where nothing is called, else one with the
   * sandbox. Bodies that are ours to choose are signed as the provider signs: they are stored, sealed.
   */
  private async integrations(): Promise<void> {
    const shared = word();
    let accepted = 0;
    for (const provider of listProviders()) {
      const { slug } = provider.manifest;
      const mode = isConnectable(provider) ? "sandbox" : "live";
      const derive = (label: string): string => deriveSandboxSecret(shared, { provider: slug, account: tenant, label });
      const given = mode === "live" ? { credentials: provider.sandbox.credentials({ account: tenant, derive }) } : {};
      const { id } = await this.must("POST", `${base}/integrations`, { provider: slug, mode, ...given }, { headers: { "idempotency-key": word() } });
      const credentials = given.credentials ?? sandboxCredentialsFor(provider, id, DEFAULT_SANDBOX_SECRET);
      for (const [field, value] of secretsOf(provider, credentials)) this.plant(`${slug}'s ${field}`, "secret", value);
      await this.send("POST", `${base}/integrations/${id}/test`, {});
      if (!hasWebhook(provider.webhook)) continue;
      const note = this.plant(`a signed webhook's body for ${slug}`);
      const refused = this.plant(`a webhook for ${slug} that was refused`);
      const example = exampleOf(provider, { credentials, derive });
      await this.receive(slug, id, example);
      const signed = await this.receive(slug, id, exampleOf(provider, { credentials, derive, body: Buffer.from(JSON.stringify({ note })) }));
      if (signed < 300) accepted += 1;
      await this.receive(slug, id, { ...example, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify({ refused })) });
    }
    if (accepted < 5) throw new Error(`only ${accepted} signed webhooks were taken`);
  }

  private async receive(slug: string, id: string, raw: RawWebhook): Promise<number> {
    const { status } = await this.send("POST", `/webhooks/${slug}/${id}${raw.pathSecret === undefined ? "" : `/${raw.pathSecret}`}`, new Uint8Array(raw.body), { key: null, headers: raw.headers as Record<string, string> });
    return status;
  }

  private async verifications(): Promise<void> {
    for (const tag of ["approve", "error", "consider"]) {
      const candidate = {
        firstName: this.plant("a first name", "personal"), lastName: this.plant("a last name", "personal"), email: `${this.plant("an address", "personal").toLowerCase()}+${tag}@example.test`,
        phone: "+33198765432", country: "FR", birthDate: "1931-02-13",
      };
      this.planted.push({ what: "an address in small letters", text: candidate.email, kind: "personal" }, { what: "a birth date", text: candidate.birthDate, kind: "personal" }, { what: "a phone number", text: candidate.phone, kind: "personal" });
      const { id: verification } = await this.must("POST", `${base}/verifications`, { candidate, provider: "sumsub" }, { headers: { "idempotency-key": word() } });
      await this.upload(verification);
      if (tag === "consider") {
        await until("a review", () => this.send("GET", `${base}/verifications/${verification}`), ({ body }) => [...ended, "in_review"].includes(body.status));
        await this.send("POST", `${base}/verifications/${verification}/review`, { decision: "approve", reason: "seen" });
      }
      await until("the verification to end", () => this.send("GET", `${base}/verifications/${verification}`), ({ body }) => ended.includes(body.status));
      await this.send("GET", `${base}/verifications/${verification}/timeline`);
    }
  }

  private async upload(verification: string): Promise<void> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ kind: "passport", country: "FR", complete: "true" })) form.append(name, value);
    form.append("file", new Blob([`%PDF-1.4\n${this.plant("a document's bytes")}\n%%EOF\n`], { type: "application/pdf" }), "passport.pdf");
    await this.send("POST", `${base}/verifications/${verification}/documents`, form);
  }

  /** Secrets in requests that are refused: no answer and no log may repeat them. */
  private async refusals(): Promise<void> {
    const bad = (what: string): string => this.plant(`in a refused request: ${what}`);
    const unknown = generateApiKey().secret;
    await this.send("GET", base, undefined, { key: this.plant("in a refused request: a key that nobody made", "secret", unknown) });
    await this.send("GET", base, undefined, { key: bad("no key at all") });
    await this.send("GET", base, undefined, { key: null, headers: { authorization: `Basic ${Buffer.from(`user:${bad("a password")}`).toString("base64")}` } });
    await this.send("POST", `${base}/integrations`, { provider: "onfido", mode: "live", credentials: { webhookToken: { nested: bad("a credential of the wrong type") } } });
    await this.send("POST", `${base}/integrations`, { provider: "onfido", mode: "live", credentials: { webhookToken: bad("a credential beside an unknown one"), extra: bad("an unknown credential") } });
    await this.send("POST", `${base}/integrations`, { provider: "sumsub", mode: "sandbox", credentials: { appToken: bad("a credential that is not asked for") } });
    await this.send("POST", `${base}/webhook-endpoints`, { url: "http://10.0.0.1/", secretHeaders: { authorization: bad("a header of a refused URL") } });
    await this.send("POST", `${base}/webhook-endpoints`, { url: `${this.ground.sandboxUrl}/echo/x`, secretHeaders: { "webhook-id": bad("a header that is reserved") } });
    await this.send("POST", `${base}/webhook-endpoints`, `{"secretHeaders":{"authorization":"${bad("broken JSON")}"`);
    await this.send("POST", `${base}/verifications`, { candidate: { firstName: bad("a name beside a bad address"), lastName: "x", email: bad("a bad address") } });
    await this.send("POST", `${base}/api-keys`, bad("a text that is no JSON"), { headers: { "content-type": "text/plain" } });
  }

  private async control(method: string, path: string, body: unknown): Promise<void> {
    await fetch(`${this.ground.sandboxUrl}/_control${path}`, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  }
}
