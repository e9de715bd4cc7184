import { generateKeyPairSync } from "node:crypto";
import { hasWebhook, type ProviderWebhook } from "../../../src/providers/contract.ts";
import { listProviders } from "../../../src/providers/registry.ts";
import { deriveSandboxSecret, sandboxCredentialsFor } from "../../../src/providers/sandbox-credentials.ts";
import type { Door } from "../../support/door.ts";
import { openClient, type Client, type RawAnswer } from "../../support/raw-http.ts";
import { schemes, type Scheme, type Sent, type Signing } from "./schemes.ts";

/** In every body that is sent: it must never be in a log. */
export const canary = "canary-5e1f-hostile";

/** One provider's integration behind the door, its keys, and how to send to it what its vendor would not. */
export interface Target {
  slug: string;
  door: Door;
  webhook: ProviderWebhook;
  scheme: Scheme;
  id: string;
  key: string;
  /** Of another tenant, with a key of its own. */
  other: { id: string; key: string };
  /** A genuine body with these fields more. */
  body(more?: Record<string, unknown>, type?: string): Buffer;
  /** A time as it is written in a request, so many milliseconds from now. */
  time(shiftMs?: number): string;
  /** A genuine proof, or one in which something is different. */
  prove(changes?: Partial<Signing>): string;
  /** A genuine request, or one in which the proof, time or body is replaced or left out after signing. */
  request(changes?: Partial<Signing>, replaced?: { proof?: string | undefined; time?: string | undefined; body?: Buffer }): Sent;
  send(sent: Sent, options?: { to?: string; method?: string; query?: string; add?: [string, string][] }): Promise<RawAnswer>;
  path(sent?: Pick<Sent, "pathSecret">, to?: string): string;
  /** How many events of it were taken. */
  accepted(): Promise<number>;
}

export interface Targets {
  all: Target[];
  close(): Promise<void>;
}

export async function openTargets(door: Door): Promise<Targets> {
  const client = openClient(door.url);
  const all: Target[] = [];
  for (const provider of listProviders()) {
    const { webhook, manifest: { slug } } = provider;
    const scheme = schemes[slug];
    if (!hasWebhook(webhook)) continue;
    if (scheme === undefined) throw new Error(`${slug} has a webhook and no scheme here: nothing hostile would be tried on it`);
    const own = keysOf(slug, scheme, "own");
    const others = keysOf(slug, scheme, "other");
    const id = await door.connect({ provider: slug, credentials: own.credentials });
    const other = { id: await door.connect({ provider: slug, credentials: others.credentials, tenant: "globex" }), key: others.key };
    all.push(targetOf({ slug, door, webhook, scheme, id, key: own.key, other, client }));
  }
  return { all, close: () => client.close() };
}

/** Credentials as a tenant enters them, and what the vendor signs with. */
export function keysOf(slug: string, scheme: Scheme, account: string): { credentials: Record<string, string>; key: string } {
  const provider = listProviders().find(({ manifest }) => manifest.slug === slug);
  if (provider === undefined) throw new Error(`${slug} is missing`);
  const credentials = sandboxCredentialsFor(provider, account, "hostile") as Record<string, string>;
  if (scheme.spelling !== "der") return { credentials, key: credentials[scheme.keyField] ?? "" };
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    credentials: { [scheme.keyField]: publicKey.export({ format: "der", type: "spki" }).toString("base64") },
    key: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
  };
}

function targetOf(means: Pick<Target, "slug" | "door" | "webhook" | "scheme" | "id" | "key" | "other"> & { client: Client }): Target {
  const { slug, door, scheme, id, key, client } = means;
  const path = (sent: Pick<Sent, "pathSecret"> = {}, to = id): string => `/webhooks/${slug}/${to}${sent.pathSecret === undefined ? "" : `/${encodeURIComponent(sent.pathSecret)}`}`;
  const body = (more: Record<string, unknown> = {}, type?: string): Buffer => bodyOf(slug, { note: canary, ...more }, { type, now: door.now });
  const time = (shiftMs = 0): string => timeOf(scheme, new Date(door.now.getTime() + shiftMs));
  const signing = (changes: Partial<Signing>): Signing => ({ key, time: time(), body: body(), url: `${door.platform.config.publicUrl}${path()}`, ...changes });
  return {
    ...means, path, body, time,
    prove: (changes = {}) => scheme.prove(signing(changes)),
    request: (changes = {}, replaced = {}) => {
      const made = signing(changes);
      return scheme.assemble({ proof: scheme.prove(made), time: made.time, body: made.body, ...replaced });
    },
    send: (sent, { to, method = "POST", query = "", add = [] } = {}) =>
      client.send({ method, path: `${path(sent, to)}${query}`, headers: [...sent.headers, ...add], body: sent.body }),
    accepted: async () => {
      return await door.platform.db.tenantTransaction("acme", (tx) => tx.inboundEvent.count({ where: { integrationId: id, status: { not: "rejected" } } }));
    },
  };
}

function timeOf(scheme: Scheme, at: Date): string {
  if (scheme.time === "iso") return at.toISOString();
  return String(scheme.time === "milliseconds" ? at.getTime() : Math.floor(at.getTime() / 1000));
}

function bodyOf(slug: string, added: Record<string, unknown>, example: { type?: string | undefined; now: Date }): Buffer {
  if (slug === "google") return Buffer.alloc(0);
  if (slug === "dropbox-sign") {
    const event = { event_type: example.type ?? "signature_request_all_signed", event_metadata: { reported_for_account_id: "a1" } };
    return Buffer.from(JSON.stringify({ event, signature_request: { signature_request_id: "r1" }, ...added }));
  }
  // Sumsub's example is about somebody else each time.
  const more = slug === "sumsub" ? { applicantId: "64f0c0ffee", correlationId: "c1", ...added } : added;
  const text = exampleBody(slug, example);
  if (slug === "twilio") return Buffer.from(new URLSearchParams([...new URLSearchParams(text), ...Object.entries(more).map(([name, value]): [string, string] => [name, String(value)])]).toString());
  const json: unknown = JSON.parse(text);
  return Buffer.from(JSON.stringify(Array.isArray(json) ? json.map((item: object) => ({ ...item, ...more })) : { ...(json as object), ...more }));
}

function exampleBody(slug: string, { type, now }: { type?: string | undefined; now: Date }): string {
  const provider = listProviders().find(({ manifest }) => manifest.slug === slug);
  const example = provider?.sandbox.exampleWebhook?.({
    credentials: sandboxCredentialsFor(provider, "own", "hostile"), settings: provider.manifest.settings.parse({}), now, ...(type === undefined ? {} : { type }),
    derive: (label) => deriveSandboxSecret("hostile", { provider: slug, account: "own", label }),
  });
  if (example === undefined) throw new Error(`${slug} has no example`);
  return example.body.toString("utf8");
}
