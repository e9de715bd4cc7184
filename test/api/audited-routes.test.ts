import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/lib/ids.ts";
import { seedFailed } from "../support/deliveries.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// Each operation that changes something is tried, as the API's own description names them: a new one must be added here.

let platform: TestPlatform;
const base = "/v1/tenants/acme";
const sandbox = { provider: "sumsub", mode: "sandbox" };

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});

afterAll(() => platform?.stop());

const sql = (text: string, values: unknown[] = []) => platform.owner.query(text, values).then((result) => result.rows);
const pathOf = (operation: string): string => operation.split(" ")[1] as string;

/** What leaves no entry, and why. */
const unaudited: Record<string, string> = {
  "POST /v1/tenants/{tenant}/events": "the event is its own record, and there are thousands a second",
  "POST /v1/tenants/{tenant}/events/batch": "as above",
  "POST /v1/tenants/{tenant}/integrations/{id}/test": "it asks the provider and notes the health alone",
  "POST /v1/tenants/{tenant}/verifications/{id}/review": "it needs a worker",
};

type Call = () => Promise<{ path: string; body?: unknown; form?: FormData }>;
const to = (path: string, body?: unknown): Call => async () => ({ path, body });

async function made(path: string, body: unknown): Promise<string> {
  const answer = await platform.request("POST", `${base}${path}`, { body });
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return (answer.body.id ?? answer.body.name) as string;
}

const newEndpoint = (): Promise<string> => made("/webhook-endpoints", { url: `${platform.sandboxUrl}/echo/audited` });
const newVerification = (): Promise<string> => made("/verifications", { candidate: { firstName: "Canary", lastName: "Canary", email: "canary@example.test" } });
const newDelivery = async (status?: string): Promise<string> => (await seedFailed(platform, "acme", await newEndpoint(), 1, { status }))[0] as string;
const on = (make: () => Promise<string>, path: string, body?: unknown): Call => async () => ({ path: `${base}${path.replace("{id}", encodeURIComponent(await make()))}`, body });

const newLive = (): Promise<string> => made("/integrations", { provider: "stripe", mode: "live", credentials: { webhookSecret: "canary-secret-one" } });

/** The path of a former secret whose overlap has begun. */
async function newFormer(kind: "integration" | "webhook_endpoint" | "api_key"): Promise<string> {
  const { noun, id, rotate, body } = await {
    integration: async () => ({ noun: "integrations", id: await newLive(), rotate: "rotate", body: { credentials: { webhookSecret: "canary-secret-two" } } }),
    webhook_endpoint: async () => ({ noun: "webhook-endpoints", id: await newEndpoint(), rotate: "secret/rotate", body: {} }),
    api_key: async () => ({ noun: "api-keys", id: await made("/api-keys", { name: "turned", scopes: ["*"] }), rotate: "rotate", body: {} }),
  }[kind]();
  expect((await platform.request("POST", `${base}/${noun}/${id}/${rotate}`, { body })).status).toBeLessThan(300);
  const [former] = (await platform.request("GET", `${base}/${noun}/${id}`)).body.rotation;
  return `${base}/${noun}/${id}/secrets/${former.id}`;
}

async function newInbound(): Promise<string> {
  const id = newId("inb");
  await sql("INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status) VALUES ($1, 'acme', 'int_1', 'sumsub', $1, 'parked')", [id]);
  return id;
}

async function newJob(): Promise<string> {
  const id = newId("rec");
  await sql("INSERT INTO recovery_job (id, tenant_id, kind, filter) VALUES ($1, 'acme', 'resend', '{}')", [id]);
  return id;
}

let types = 0;
const newType = (): Promise<string> => made("/event-types", { name: `audited.number_${(types += 1)}` });

function upload(): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries({ kind: "passport", country: "FR" })) form.append(name, value);
  form.append("file", new Blob([Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082", "hex")], { type: "image/png" }), "passport.png");
  return form;
}

/** How each is called so that it does something. */
const calls: Record<string, Call> = {
  "POST /v1/tenants": to("/v1/tenants", { id: "audited", name: "Audited" }),
  "PATCH /v1/tenants/{tenant}": to(base, { name: "Other" }),
  "POST /v1/tenants/{tenant}/integrations": to(`${base}/integrations`, sandbox),
  "PATCH /v1/tenants/{tenant}/integrations/{id}": on(() => made("/integrations", sandbox), "/integrations/{id}", { settings: {} }),
  "DELETE /v1/tenants/{tenant}/integrations/{id}": on(() => made("/integrations", sandbox), "/integrations/{id}"),
  "POST /v1/tenants/{tenant}/verifications": to(`${base}/verifications`, { candidate: { firstName: "Canary", lastName: "Canary", email: "canary@example.test" } }),
  "POST /v1/tenants/{tenant}/verifications/{id}/resend": on(newVerification, "/verifications/{id}/resend", {}),
  "POST /v1/tenants/{tenant}/verifications/{id}/cancel": on(newVerification, "/verifications/{id}/cancel", {}),
  "POST /v1/tenants/{tenant}/verifications/{id}/documents": async () => ({ path: `${base}/verifications/${await newVerification()}/documents`, form: upload() }),
  "POST /v1/tenants/{tenant}/api-keys": to(`${base}/api-keys`, { name: "new", scopes: ["*"] }),
  "PATCH /v1/tenants/{tenant}/api-keys/{id}": on(() => made("/api-keys", { name: "narrowed", scopes: ["*"] }), "/api-keys/{id}", { allowedIps: ["203.0.113.0/24"] }),
  "DELETE /v1/tenants/{tenant}/api-keys/{id}": on(() => made("/api-keys", { name: "gone", scopes: ["*"] }), "/api-keys/{id}"),
  "POST /v1/tenants/{tenant}/api-keys/{id}/rotate": on(() => made("/api-keys", { name: "turned", scopes: ["*"] }), "/api-keys/{id}/rotate", {}),
  "POST /v1/tenants/{tenant}/webhook-endpoints": async () => ({ path: `${base}/webhook-endpoints`, body: { url: `${platform.sandboxUrl}/echo/audited`, secretHeaders: { authorization: "canary-header" } } }),
  "PATCH /v1/tenants/{tenant}/webhook-endpoints/{id}": on(newEndpoint, "/webhook-endpoints/{id}", { secretHeaders: { authorization: "canary-header" } }),
  "DELETE /v1/tenants/{tenant}/webhook-endpoints/{id}": on(newEndpoint, "/webhook-endpoints/{id}"),
  "POST /v1/tenants/{tenant}/integrations/{id}/rotate": on(newLive, "/integrations/{id}/rotate", { credentials: { webhookSecret: "canary-secret-two" } }),
  "POST /v1/tenants/{tenant}/integrations/{id}/secrets/{secretId}/retire": async () => ({ path: `${await newFormer("integration")}/retire`, body: {} }),
  "POST /v1/tenants/{tenant}/integrations/{id}/secrets/{secretId}/extend": async () => ({ path: `${await newFormer("integration")}/extend`, body: { overlapSeconds: 600_000 } }),
  "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/secrets/{secretId}/retire": async () => ({ path: `${await newFormer("webhook_endpoint")}/retire`, body: {} }),
  "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/secrets/{secretId}/extend": async () => ({ path: `${await newFormer("webhook_endpoint")}/extend`, body: { overlapSeconds: 600_000 } }),
  "POST /v1/tenants/{tenant}/api-keys/{id}/secrets/{secretId}/retire": async () => ({ path: `${await newFormer("api_key")}/retire`, body: {} }),
  "POST /v1/tenants/{tenant}/api-keys/{id}/secrets/{secretId}/extend": async () => ({ path: `${await newFormer("api_key")}/extend`, body: { overlapSeconds: 600_000 } }),
  "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/secret/rotate": on(newEndpoint, "/webhook-endpoints/{id}/secret/rotate", {}),
  "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/test": on(newEndpoint, "/webhook-endpoints/{id}/test", {}),
  "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/recover": on(newEndpoint, "/webhook-endpoints/{id}/recover", { since: "2026-01-01T00:00:00.000Z" }),
  "POST /v1/tenants/{tenant}/event-types": to(`${base}/event-types`, { name: "audited.new" }),
  "PATCH /v1/tenants/{tenant}/event-types/{name}": on(newType, "/event-types/{id}", { description: "Other" }),
  "DELETE /v1/tenants/{tenant}/event-types/{name}": on(newType, "/event-types/{id}"),
  "POST /v1/tenants/{tenant}/events/{id}/replay": on(() => made("/events", { type: "audited.seen", payload: {} }), "/events/{id}/replay", {}),
  "POST /v1/tenants/{tenant}/deliveries/{id}/retry": on(newDelivery, "/deliveries/{id}/retry", {}),
  "POST /v1/tenants/{tenant}/deliveries/{id}/cancel": on(() => newDelivery("held"), "/deliveries/{id}/cancel", {}),
  "POST /v1/tenants/{tenant}/deliveries/replay": to(`${base}/deliveries/replay`, { filter: { status: ["failed"], since: "2026-01-01T00:00:00.000Z" } }),
  "POST /v1/tenants/{tenant}/recovery-jobs/{id}/cancel": on(newJob, "/recovery-jobs/{id}/cancel", {}),
  "POST /v1/tenants/{tenant}/inbound-events/{id}/replay": on(newInbound, "/inbound-events/{id}/replay", {}),
  "POST /v1/tenants/{tenant}/runs/{workflowId}/cancel": on(async () => `verification/${await newVerification()}`, "/runs/{id}/cancel", {}),
  "POST /v1/tenants/{tenant}/runs/{workflowId}/retry-now": on(async () => `verification/${await newVerification()}`, "/runs/{id}/retry-now", {}),
};

async function send(method: string, { path, body, form }: Awaited<ReturnType<Call>>): Promise<{ status: number; text: string; requestId: string | null }> {
  const headers = { authorization: `Bearer ${platform.adminKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await fetch(`${platform.apiUrl}${path}`, { method, headers, ...(form === undefined ? body === undefined ? {} : { body: JSON.stringify(body) } : { body: form }) });
  return { status: answer.status, text: await answer.text(), requestId: answer.headers.get("x-request-id") };
}

test("A7 every route that changes something is tried here, or says why not", async () => {
  const { body } = await platform.request("GET", "/openapi.json");
  const changing = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    path.startsWith("/v1/") ? Object.keys(methods).filter((method) => method !== "get").map((method) => `${method.toUpperCase()} ${path}`) : [],
  );
  expect([...Object.keys(calls), ...Object.keys(unaudited)].sort()).toEqual(changing.sort());
});

test("A7 leaves an entry: who, from where, at which request, for which tenant, and no secret", async () => {
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  await made("/integrations", sandbox);
  for (const [operation, call] of Object.entries(calls)) {
    const answer = await send(operation.split(" ")[0] as string, await call());
    expect(answer.status, `${operation}: ${answer.text}`).toBeLessThan(300);
    const entries = await sql("SELECT tenant_id, actor_type, actor_id, source_ip, position, to_jsonb(e)::text AS text FROM audit_entry e WHERE request_id = $1", [answer.requestId]);
    // A key that is turned is two: one is made, one ends.
    expect(entries.length, operation).toBe(operation.endsWith("/api-keys/{id}/rotate") ? 2 : 1);
    for (const entry of entries) {
      expect(entry, operation).toMatchObject({ tenant_id: pathOf(operation) === "/v1/tenants" ? "audited" : "acme", actor_type: "api_key", actor_id: expect.stringMatching(/^key_/), source_ip: "127.0.0.1", position: expect.any(String) });
      const secret = /"secret":"([^"]+)"/.exec(answer.text)?.[1];
      expect(entry.text, operation).not.toMatch(/canary|whsec_|wsk_\w{12}_/i);
      if (secret !== undefined) expect(entry.text, operation).not.toContain(secret);
    }
  }
  for (const tenant of ["acme", "audited"]) expect((await platform.request("GET", `/v1/tenants/${tenant}/audit-log/verify`)).body.valid).toBe(true);
});
