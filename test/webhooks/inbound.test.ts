import { createHash, createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { findProvider } from "../../src/providers/registry.ts";
import { until } from "../support/wait.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;
let integrationId = "";
let secret = "";

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  integrationId = (await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } })).body.id;
  const provider = findProvider("sumsub");
  if (provider === undefined) throw new Error("sumsub is missing");
  secret = (sandboxCredentialsFor(provider, integrationId) as { webhookSecret: string }).webhookSecret;
});
afterAll(() => platform?.stop());

function bodyOf(applicantId: string): string {
  return JSON.stringify({ applicantId, type: "applicantReviewed", createdAtMs: "2026-11-24 09:00:00.000", reviewStatus: "completed", unknownField: true });
}

async function post(body: string, headers: Record<string, string>, path = `/webhooks/sumsub/${integrationId}`): Promise<Response> {
  return await fetch(`${platform.apiUrl}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

function signed(body: string, key = secret): Record<string, string> {
  return { "x-payload-digest-alg": "HMAC_SHA256_HEX", "x-payload-digest": createHmac("sha256", key).update(body).digest("hex") };
}

// oxlint-disable-next-line typescript/no-explicit-any
async function events(): Promise<any[]> {
  return (await platform.request("GET", "/v1/tenants/acme/inbound-events?limit=250")).body.data;
}

// oxlint-disable-next-line typescript/no-explicit-any
async function refused(): Promise<any[]> {
  return (await events()).filter((event) => event.status === "rejected");
}

/** How many were refused: those alike share a row. */
async function refusals(): Promise<number> {
  return (await refused()).reduce((sum, event) => sum + 1 + event.duplicates, 0);
}

describe("the inbound door", () => {
  it("records a signed webhook before it answers", async () => {
    const body = bodyOf("good");
    expect((await post(body, signed(body))).status).toBe(200);
    expect(await events()).toContainEqual(expect.objectContaining({ status: "received", type: "applicantReviewed", provider: "sumsub", integrationId }));
  });

  it("records fifty copies of one webhook once", async () => {
    const body = bodyOf("fifty");
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(body, signed(body))));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
    const same = async () => (await events()).filter((event) => String(event.externalId).startsWith("fifty"));
    expect(await same()).toHaveLength(1);
    // Counted a moment later, together.
    const [counted] = await until("the repetitions to be counted", same, ([first]) => first.duplicates >= 49);
    expect(counted).toMatchObject({ duplicates: 49, conflicts: 0 });
  });

  it.each([
    ["no signature", (): Record<string, string> => ({})],
    ["another secret's signature", (body: string) => signed(body, "another")],
    ["a signature in upper case", (body: string) => ({ ...signed(body), "x-payload-digest": (signed(body)["x-payload-digest"] ?? "").toUpperCase() })],
    ["a cut signature", (body: string) => ({ ...signed(body), "x-payload-digest": (signed(body)["x-payload-digest"] ?? "").slice(0, 31) })],
    ["an algorithm that was not agreed", (body: string) => ({ "x-payload-digest-alg": "HMAC_SHA1_HEX", "x-payload-digest": createHmac("sha1", secret).update(body).digest("hex") })],
    ["another body's signature", () => signed(bodyOf("another"))],
  ])("refuses %s with one and the same answer, and keeps nothing of the body", async (_name, headers) => {
    const before = await refusals();
    const body = bodyOf("forged");
    const answer = await post(body, headers(body));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ detail: "The webhook's signature is missing or wrong." });
    await until("the refusal to be counted", refusals, (count) => count === before + 1);
    for (const event of await refused()) expect(event).toMatchObject({ externalId: null, type: null, reason: expect.any(String) });
    const { rows } = await platform.owner.query("SELECT count(*)::int AS bodies FROM inbound_event WHERE status = 'rejected' AND body_id IS NOT NULL");
    expect(rows[0].bodies).toBe(0);
  });

  it.each(["{", "[]", "null", '"x"', '{"type":1}', "[".repeat(50_000), `{"applicantId":"\\ud800","type":"applicantReviewed","createdAtMs":"2026-11-24 09:00:00.000"}`])("acknowledges and keeps a signed body that does not read as documented, for people alone: %.20s", async (body) => {
    expect((await post(body, signed(body))).status).toBe(200);
    const kept = (await events()).find((event) => event.externalId === createHash("sha256").update(body).digest("hex"));
    expect(kept).toMatchObject({ status: "processed", type: "unreadable", reason: expect.stringContaining("could not be read"), workflowId: null });
    expect((await platform.request("GET", `/v1/tenants/acme/inbound-events/${kept.id}/body`)).body).toMatchObject({ body });
  });

  it("answers 404 for an unknown provider or integration, 405 for another method, 413 for too much", async () => {
    const body = bodyOf("x");
    expect((await post(body, signed(body), "/webhooks/nobody/int_01k00000000000000000000000")).status).toBe(404);
    expect((await post(body, signed(body), "/webhooks/sumsub/int_01k00000000000000000000000")).status).toBe(404);
    expect((await post(body, signed(body), "/webhooks/sumsub")).status).toBe(404);
    expect((await fetch(`${platform.apiUrl}/webhooks/sumsub/${integrationId}`)).status).toBe(405);
    const large = "x".repeat(1024 * 1024 + 1);
    expect((await post(large, signed(large))).status).toBe(413);
  });

  it("takes a trailing slash", async () => {
    const body = bodyOf("slash");
    expect((await post(body, signed(body), `/webhooks/sumsub/${integrationId}/`)).status).toBe(200);
  });

  it("keeps bodies sealed", async () => {
    const body = JSON.stringify({ ...JSON.parse(bodyOf("sealed")), note: "canary-7f3a" });
    await post(body, signed(body));
    const { rows } = await platform.owner.query("SELECT count(*)::int AS found FROM inbound_body WHERE position('canary-7f3a'::bytea in body) > 0");
    expect(rows[0].found).toBe(0);
  });
});

describe("what a provider sent", () => {
  it("can be read by a key with that scope, byte by byte, and each reading is in the audit log", async () => {
    const body = `${bodyOf("read")} `;
    await post(body, signed(body));
    const event = (await events()).find((one) => String(one.externalId).startsWith("read"));
    const path = `/v1/tenants/acme/inbound-events/${event.id}/body`;
    const key = (await platform.request("POST", "/v1/tenants/acme/api-keys", { body: { name: "support", scopes: ["inbound-events:write"] } })).body.secret;
    expect((await platform.request("GET", path, { key })).body).toMatchObject({ status: 403, detail: expect.stringContaining("inbound-bodies:read") });
    const read = await platform.request("GET", path);
    expect([read.status, read.body, read.headers.get("cache-control")]).toEqual([200, { encoding: "utf8", body }, "no-store"]);
    const log = (await platform.request("GET", `/v1/tenants/acme/audit-log?action=inbound_event.body_read&subjectId=${event.id}`)).body.data;
    expect(log).toHaveLength(1);
  });

  it("is not there of what was refused, nor when its time is over", async () => {
    const [refusal] = await refused();
    expect((await platform.request("GET", `/v1/tenants/acme/inbound-events/${refusal.id}/body`)).status).toBe(404);
    const [event] = (await events()).filter((one) => one.status !== "rejected");
    await platform.owner.query("DELETE FROM inbound_body");
    const gone = await platform.request("GET", `/v1/tenants/acme/inbound-events/${event.id}/body`);
    expect([gone.status, gone.body.detail]).toEqual([404, expect.stringContaining("not kept")]);
  });
});

describe("a live integration", () => {
  it("without credentials is kept as disconnected, and nothing can be launched with it", async () => {
    await platform.request("POST", "/v1/tenants", { body: { id: "globex", name: "Globex" } });
    const created = await platform.request("POST", "/v1/tenants/globex/integrations", { body: { provider: "sumsub", mode: "live" } });
    expect(created.body).toMatchObject({ status: "disconnected", credentials: {} });
    const launched = await platform.request("POST", "/v1/tenants/globex/verifications", { body: { candidate: { firstName: "J", lastName: "D", email: "j@example.test" }, provider: "sumsub" } });
    expect(launched.status).toBe(409);
    expect(launched.body).toMatchObject({ code: "integration_not_connected", detail: expect.stringContaining(created.body.id) });
    const { rows } = await platform.owner.query("SELECT (SELECT count(*) FROM candidate WHERE tenant_id = 'globex')::int + (SELECT count(*) FROM verification WHERE tenant_id = 'globex')::int + (SELECT count(*) FROM run WHERE tenant_id = 'globex')::int AS rows");
    expect(rows[0].rows).toBe(0);
    const webhook = bodyOf("x");
    expect((await post(webhook, signed(webhook), `/webhooks/sumsub/${created.body.id}`)).status).toBe(401);
  });

  it("names the credential that is wrong and never gives one back", async () => {
    const bad = await platform.request("POST", "/v1/tenants/globex/integrations", { body: { provider: "sumsub", mode: "live", credentials: { appToken: "x" } } });
    expect(bad.status).toBe(422);
    expect(bad.body.errors.map((error: { path: string }) => error.path)).toEqual(expect.arrayContaining(["/credentials/secretKey"]));
    const text = JSON.stringify((await platform.request("GET", "/v1/tenants/acme/integrations")).body);
    expect(text).not.toContain(secret);
  });
});
