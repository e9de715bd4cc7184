import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { listProviders } from "../../src/providers/registry.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { refusedUrls } from "../support/ssrf-table.ts";

let platform: TestPlatform;
const endpoints = "/v1/tenants/acme/webhook-endpoints";
const target = "http://127.0.0.2:18080/hook";

beforeAll(async () => {
  platform = await startPlatform({ worker: false, env: { ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.2/32" } });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});

afterAll(() => platform.stop());

async function newEndpoint(body: Record<string, unknown> = {}) {
  const answer = await platform.request("POST", endpoints, { body: { url: target, ...body } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as { id: string; secret: string };
}

interface Field {
  name: string;
  in: string;
  schema: unknown;
}

const looksLikeUrl = (name: string, schema: unknown): boolean =>
  /ur[il]s?$|href|link|callback|redirect|target|domain|origin|^host|base/i.test(name) || /uri|url|hostname/.test((schema as { format?: string } | undefined)?.format ?? "");

/** The names of properties, at any depth of a schema, that may hold a URL. Examples are no schema. */
function urlFields(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword === "examples" || keyword === "example") return [];
    const own = keyword === "properties" ? Object.entries(value as object).filter(([name, one]) => looksLikeUrl(name, one)).map(([name]) => name) : [];
    return [...own, ...urlFields(value)];
  });
}

async function countEndpoints(): Promise<number> {
  return (await platform.owner.query("SELECT count(*)::int AS n FROM webhook_endpoint")).rows[0].n;
}

describe("where an endpoint may point", () => {
  test.each(refusedUrls)("$id refused: $shown", async ({ url }) => {
    const { id } = await newEndpoint();
    const before = await countEndpoints();
    for (const [method, path] of [["POST", endpoints], ["PATCH", `${endpoints}/${id}`]] as const) {
      const answer = await platform.request(method, path, { body: { url } });
      expect([answer.status, answer.body.code], `${method} ${JSON.stringify(answer.body)}`).toEqual([422, "url_not_allowed"]);
      expect(answer.body.errors).toEqual([{ path: "/url", message: expect.any(String) }]);
    }
    expect(await countEndpoints()).toBe(before);
    expect((await platform.request("GET", `${endpoints}/${id}`)).body.url).toBe(target);
  });

  test("S an event type's schema refers to no URL at all", async () => {
    for (const { url } of refusedUrls.filter((one) => !one.url.includes("\u0000"))) {
      const answer = await platform.request("POST", "/v1/tenants/acme/event-types", { body: { name: "application.created", schema: { properties: { a: { $ref: url } } } } });
      expect([answer.status, answer.body.errors?.[0]?.path], url).toEqual([422, "/schema/properties/a/$ref"]);
    }
  });

  test("S no other field of a request or of a provider's settings is a URL: a new one joins this table", async () => {
    const { paths } = (await platform.request("GET", "/openapi.json")).body as { paths: Record<string, Record<string, { parameters?: Field[]; requestBody?: unknown }>> };
    const places = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, { parameters = [], requestBody }]) => {
      const found = [...urlFields(requestBody), ...parameters.filter((one) => one.in === "query" && looksLikeUrl(one.name, one.schema)).map(({ name }) => name)];
      return found.map((name) => `${method.toUpperCase()} ${path} ${name}`);
    }));
    expect(places).toEqual([`POST /v1/tenants/{tenant}/webhook-endpoints url`, `PATCH /v1/tenants/{tenant}/webhook-endpoints/{id} url`]);
    expect(listProviders().flatMap(({ manifest }) => urlFields(z.toJSONSchema(manifest.settings)))).toEqual([]);
  });

  test("public addresses are allowed", async () => {
    for (const url of ["http://172.32.0.1/", "https://hooks.example.com/a?b=c", "https://hooks.example.com:8443/"]) await newEndpoint({ url });
  });
});

describe("custom headers", () => {
  const forbidden = [
    "webhook-id", "Webhook-Signature", "content-type", "Content-Length", "user-agent", "host", "connection", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive", "proxy-authorization",
    "cookie", "x-amz-target", "X-Forwarded-For", "forwarded", "expect", "a b", "a:b", "", "é", "a\r\nb", "webhook-timestamp", "WEBHOOK-ID", "content-encoding", "Proxy-Connection", "x-amz-",
    "X-Aws-Ec2-Metadata-Token", "metadata", "Metadata-Flavor", "x-google-metadata-request", "x-goog-user-project", "x-ms-version", "via", "x-real-ip", "http2-settings", "set-cookie",
    "accept-encoding", "x-http-method-override", "x-original-url", "sec-fetch-site", ":authority", "a\nb", "a\tb", "a\u0000b", " host", "host ", "x-a\r\nhost", "x".repeat(257),
  ];
  // Host is S115, a break of the line S116, what the platform or HTTP says itself S117.
  const numberOf = (name: string): string => (/^\s*host\s*$/i.test(name) ? "S115" : /[\r\n]/.test(name) ? "S116" : "S117");
  test.each(forbidden.map((name) => [numberOf(name), name] as const))("%s refused: %j", async (_number, name) => {
    const answer = await platform.request("POST", endpoints, { body: { url: target, headers: { [name]: "x" } } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toBe(`/headers/${name.replaceAll("\u0000", "")}`);
  });

  test("S116 values cannot break out of their line", async () => {
    for (const value of ["a\r\nx: y", "a\nb", "a\rb", "a\u0000b", "x".repeat(4097), "→"]) {
      expect((await platform.request("POST", endpoints, { body: { url: target, headers: { "x-a": value } } })).status).toBe(422);
    }
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, "a"]));
    expect((await platform.request("POST", endpoints, { body: { url: target, headers: many } })).status).toBe(422);
  });

  test("reads and the audit log mask them", async () => {
    const { id } = await newEndpoint({ headers: { authorization: "Bearer long-secret-9876", "x-short": "pin" } });
    const read = await platform.request("GET", `${endpoints}/${id}`);
    expect(read.body.headers).toEqual({ authorization: "••••9876", "x-short": "••••" });
    const log = await platform.request("GET", `/v1/tenants/acme/audit-log?subjectId=${id}`);
    expect(JSON.stringify(log.body)).not.toContain("long-secret");
  });
});

describe("settings", () => {
  test("waits are seconds or words", async () => {
    const { id } = await newEndpoint({ retrySchedule: [5, "5s", "2m", "1h", "7d"], eventTypes: ["*", "application.*", "application.created"] });
    expect((await platform.request("GET", `${endpoints}/${id}`)).body.retrySchedule).toEqual([5, 5, 120, 3600, 604_800]);
    const wrong = [
      { retrySchedule: ["8d"] }, { retrySchedule: [0] }, { retrySchedule: [604_801] }, { retrySchedule: ["5"] }, { retrySchedule: Array.from({ length: 21 }, () => 1) },
      { eventTypes: ["*.created"] }, { eventTypes: ["Application.created"] }, { eventTypes: ["a.*.b"] }, { rateLimit: 0 }, { rateLimit: 10_001 },
    ];
    for (const fields of wrong) expect((await platform.request("POST", endpoints, { body: { url: target, ...fields } })).status, JSON.stringify(fields)).toBe(422);
  });

  test("the secret: read with the right to write, rotated with an overlap, sealed", async () => {
    const { id, secret } = await newEndpoint();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const reader = await platform.request("POST", "/v1/tenants/acme/api-keys", { body: { name: "reader", scopes: ["webhook-endpoints:read"] } });
    expect((await platform.request("GET", `${endpoints}/${id}/secret`, { key: reader.body.secret })).status).toBe(403);
    expect((await platform.request("GET", `${endpoints}/${id}/secret`)).body).toEqual({ secret, rotation: [] });
    const rotated = await platform.request("POST", `${endpoints}/${id}/secret/rotate`, { body: { overlapSeconds: 60 } });
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(secret);
    expect(new Date(rotated.body.previousSecretUntil).getTime()).toBeGreaterThan(Date.now() + 50_000);
    const { rows } = await platform.owner.query("SELECT ep.secret, f.secret AS former, f.id AS former_id FROM webhook_endpoint ep JOIN former_secret f ON f.subject_id = ep.id WHERE ep.id = $1", [id]);
    const place = { tenantId: "acme", table: "former_secret", column: "secret", id: rows[0].former_id };
    expect((await platform.platform.vault.open(place, rows[0].former)).toString()).toBe(secret);
    expect((rows[0].secret as Buffer).includes(rotated.body.secret)).toBe(false);
    const log = JSON.stringify((await platform.request("GET", `/v1/tenants/acme/audit-log?subjectId=${id}`)).body);
    for (const word of ["secret_read", "secret_rotated"]) expect(log).toContain(word);
    for (const word of [secret, rotated.body.secret]) expect(log).not.toContain(word);
  });

  test("a deleted endpoint is gone", async () => {
    const { id } = await newEndpoint();
    expect((await platform.request("DELETE", `${endpoints}/${id}`)).status).toBe(204);
    for (const [method, path] of [["GET", ""], ["DELETE", ""], ["GET", "/secret"], ["POST", "/test"]] as const) {
      expect((await platform.request(method, `${endpoints}/${id}${path}`)).status, `${method} ${path}`).toBe(404);
    }
    expect((await platform.request("PATCH", `${endpoints}/${id}`, { body: { enabled: true } })).status).toBe(404);
  });
});
