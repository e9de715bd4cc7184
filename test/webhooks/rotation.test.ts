import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maxFormerSecrets } from "../../src/domain/rotation.ts";
import { retirementWorkflowId } from "../../src/domain/workflow-ids.ts";
import { restartOverdue } from "../../src/rotation/overdue.ts";
import { startPart, type PartProcess } from "../support/part-process.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, testEncryptionKeys, type TestPlatform } from "../support/platform.ts";
import { echoOf, watchWith } from "../support/verifications.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
let second: PartProcess;
let count = 0;
const base = "/v1/tenants/acme";

beforeAll(async () => {
  platform = await startPlatform();
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  const { config } = platform.platform;
  second = await startPart("api", {
    DATABASE_URL: config.databaseUrl, TEMPORAL_ADDRESS: platform.temporalAddress, ENCRYPTION_KEYS: testEncryptionKeys, DATA_DIR: config.dataDir, SANDBOX_URL: config.sandboxUrl, BOOTSTRAP_API_KEY: platform.adminKey,
  });
});
afterAll(async () => {
  await second?.stop();
  await platform?.stop();
});

const sql = (text: string, values: unknown[] = []) => platform.owner.query(text, values).then((result) => result.rows);

// oxlint-disable-next-line typescript/no-explicit-any
async function ask(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await platform.request(method, `${base}${path}`, { body });
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

/** What is sealed, whatever table it is in, as far as the rotation goes. */
async function sealedFormer(subjectId: string): Promise<number> {
  return (await sql("SELECT count(secret)::int AS n FROM former_secret WHERE subject_id = $1", [subjectId]))[0]?.n;
}

async function auditOf(subjectId: string): Promise<{ action: string; actor: { type: string } }[]> {
  return (await ask("GET", `/audit-log?subjectId=${subjectId}`)).data;
}

describe("credentials of an integration", () => {
  const secrets = { one: "whsec_first-signing-secret", two: "whsec_second-signing-secret" };

  async function connect(): Promise<string> {
    return (await ask("POST", "/integrations", { provider: "stripe", mode: "live", credentials: { webhookSecret: secrets.one } })).id;
  }

  async function receive(id: string, secret: string, api = platform.apiUrl): Promise<number> {
    const body = JSON.stringify({ id: `evt_${(count += 1)}`, type: "invoice.paid" });
    const time = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
    const answer = await fetch(`${api}/webhooks/stripe/${id}`, { method: "POST", headers: { "content-type": "application/json", "stripe-signature": `t=${time},v1=${signature}` }, body });
    return answer.status;
  }

  it("verifies with old and new while they overlap, counts the old one's use, and retires it by a run", async () => {
    const id = await connect();
    const rotated = await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: secrets.two }, overlapSeconds: 2 });
    expect(rotated.credentials.webhookSecret.last4).toBe("cret");
    expect(rotated.rotation).toEqual([{ id: expect.stringMatching(/^sec_/), replacedAt: expect.any(String), validUntil: expect.any(String), lastUsedAt: null, uses: 0 }]);
    expect([await receive(id, secrets.one), await receive(id, secrets.two), await receive(id, "another")]).toEqual([200, 200, 401]);
    const used = await until("the use to be written", () => ask("GET", `/integrations/${id}`), ({ rotation }) => rotation[0]?.lastUsedAt !== null);
    expect(used.rotation[0].uses).toBe(1);

    const secretId = rotated.rotation[0].id as string;
    await until("the end of the overlap", () => receive(id, secrets.one), (status) => status === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(rotated.rotation[0].validUntil));
    expect(await receive(id, secrets.two)).toBe(200);
    const run = await until("the retirement", () => ask("GET", `/runs/${encodeURIComponent(retirementWorkflowId(secretId))}`), ({ closedAt }) => closedAt !== null);
    expect(run).toMatchObject({ kind: "secret_retirement", subjectId: id, status: "completed", step: "Retired" });
    expect(run.timeline.map((entry: { kind: string }) => entry.kind)).toEqual(["secret.rotated", "secret.retired"]);
    expect(run.timeline[1].summary).toMatch(/^The former set of credentials was retired: the overlap ended\. It was last used less than a minute ago\.$/);
    expect(await sealedFormer(id)).toBe(0);
    expect((await ask("GET", `/integrations/${id}`)).rotation).toEqual([]);
    const audit = await auditOf(id);
    expect(audit.map((entry) => [entry.action, entry.actor.type])).toEqual([["integration.secret_retired", "system"], ["integration.rotated", "api_key"], ["integration.created", "api_key"]]);
    expect(JSON.stringify([audit, run])).not.toMatch(/signing-secret/);
    expect((await ask("GET", "/events?type=secret.retired")).data).toHaveLength(1);
    await recordHistory(platform, retirementWorkflowId(secretId), "retire-secret-overlap-ended");
  });

  it("ends an old one in every process when it is retired by hand, or replaced without an overlap", async () => {
    const id = await connect();
    const [former] = (await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: secrets.two } })).rotation;
    expect([await receive(id, secrets.one), await receive(id, secrets.one, second.url)]).toEqual([200, 200]);
    const secretPath = `/integrations/${id}/secrets/${former.id}`;
    const extended = await ask("POST", `${secretPath}/extend`, { overlapSeconds: 600_000 });
    expect(Date.parse(extended.validUntil)).toBeGreaterThan(Date.parse(former.validUntil));
    expect((await platform.request("POST", `${base}${secretPath}/extend`, { body: { overlapSeconds: 60 } })).status).toBe(422);
    await ask("POST", `${secretPath}/retire`);
    await until("the second process", () => receive(id, secrets.one, second.url), (status) => status === 401);
    await until("the first process", () => receive(id, secrets.one), (status) => status === 401);
    expect([await receive(id, secrets.two, second.url), await sealedFormer(id)]).toEqual([200, 0]);
    for (const act of ["retire", "extend"]) expect((await platform.request("POST", `${base}${secretPath}/${act}`, { body: act === "extend" ? { overlapSeconds: 60 } : {} })).status).toBe(409);
    await until("the run's end", () => platform.platform.temporal.client.workflow.getHandle(retirementWorkflowId(former.id)).describe(), ({ status }) => status.name === "COMPLETED");
    await recordHistory(platform, retirementWorkflowId(former.id), "retire-secret-by-hand");

    await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: "whsec_third-signing-secret" } });
    await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: "whsec_fourth-signing-secret" }, overlapSeconds: 0 });
    for (const old of [secrets.two, "whsec_third-signing-secret"]) await until("the second process", () => receive(id, old, second.url), (status) => status === 401);
    await until("the newest to verify", () => receive(id, "whsec_fourth-signing-secret", second.url), (status) => status === 200);
    expect(await sealedFormer(id)).toBe(0);
  });

  it("changes the fields that are given and keeps the others", async () => {
    // Both are made up: nothing is called with them, since no such host is reached from a test.
    const credentials = { appToken: "sbx:app-token-12345", secretKey: "secret-key-12345", webhookSecret: "webhook-secret-1" };
    const { id } = await ask("POST", "/integrations", { provider: "sumsub", mode: "live", credentials });
    const { credentials: shown } = await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: "webhook-secret-2" } });
    expect([shown.appToken.last4, shown.webhookSecret.last4, shown.appToken.setAt < shown.webhookSecret.setAt]).toEqual(["2345", "et-2", true]);
    const [row] = await sql("SELECT credentials FROM integration WHERE id = $1", [id]);
    expect(await platform.platform.vault.openJson({ tenantId: "acme", table: "integration", column: "credentials", id }, row.credentials)).toEqual({ ...credentials, webhookSecret: "webhook-secret-2" });
    const refused = [{}, { webhookSecret: "webhook-secret-2" }, { unknown: "x" }, { webhookSecret: "" }];
    for (const fields of refused) {
      const answer = await platform.request("POST", `${base}/integrations/${id}/rotate`, { body: { credentials: fields } });
      expect([answer.status, answer.body.errors?.[0]?.path.startsWith("/credentials")], JSON.stringify(fields)).toEqual([422, true]);
    }
    await ask("DELETE", `/integrations/${id}`);
    expect(await sealedFormer(id)).toBe(0);
  });

  it("is retired by a run that is started again when its own was terminated", async () => {
    const id = await connect();
    const [former] = (await ask("POST", `/integrations/${id}/rotate`, { credentials: { webhookSecret: secrets.two } })).rotation;
    const handle = platform.platform.temporal.client.workflow.getHandle(retirementWorkflowId(former.id));
    await until("the run", () => handle.describe().catch(() => null), (found) => found !== null);
    await handle.terminate("by a test");
    await sql("UPDATE former_secret SET valid_until = now() - interval '1 hour' WHERE id = $1", [former.id]);
    await until("the end of the old one", () => receive(id, secrets.one), (status) => status === 401);
    expect(await sealedFormer(id)).toBe(1);
    expect(await restartOverdue(platform.platform)).toBe(1);
    await until("what was sealed to be deleted", () => sealedFormer(id), (sealed) => sealed === 0);
  });

  it("says when it holds no credentials, or made-up ones", async () => {
    const empty = (await ask("POST", "/integrations", { provider: "stripe", mode: "live" })).id;
    const sandbox = (await ask("POST", "/integrations", { provider: "sumsub", mode: "sandbox" })).id;
    const codeOf = async (id: string) => (await platform.request("POST", `${base}/integrations/${id}/rotate`, { body: { credentials: { webhookSecret: "x" } } })).body.code;
    expect([await codeOf(empty), await codeOf(sandbox), await codeOf("int_01jdmz8v5ye2f9m4r6sgk3x7qa")]).toEqual(["integration_not_connected", "invalid", "not_found"]);
  });
});

describe("an endpoint's secret", () => {
  const signaturesOf = (headers: Record<string, string>): number => (headers["webhook-signature"] ?? "").split(" ").length;

  async function deliver(echo: string): Promise<Record<string, string>> {
    const { id } = await ask("POST", "/events", { type: "application.created", payload: { n: (count += 1) } });
    const got = await until("the webhook", () => echoOf(platform, echo), (all) => all.some(({ headers }) => headers["webhook-id"] === id));
    return got.find(({ headers }) => headers["webhook-id"] === id)?.headers as Record<string, string>;
  }

  it("signs beside every former one during the overlaps, alone afterwards, and nothing of the old ones stays sealed", async () => {
    const endpoint = (await watchWith(platform, "acme", "rotating")) as { id: string; secret: string };
    const path = `/webhook-endpoints/${endpoint.id}`;
    await ask("PATCH", path, { eventTypes: ["application.created"] });
    expect(signaturesOf(await deliver("rotating"))).toBe(1);
    await ask("POST", `${path}/secret/rotate`, { overlapSeconds: 3_600 });
    const { secret } = await ask("POST", `${path}/secret/rotate`, { overlapSeconds: 2 });
    expect(signaturesOf(await deliver("rotating"))).toBe(3);
    const { rotation } = await ask("GET", `${path}/secret`);
    expect(rotation).toEqual((await ask("GET", path)).rotation);
    expect(rotation.map((former: { uses: null; lastUsedAt: null }) => [former.uses, former.lastUsedAt])).toEqual([[null, null], [null, null]]);
    const headers = await until("the shorter overlap to end", () => deliver("rotating"), (got) => signaturesOf(got) === 2);
    const body = (await echoOf(platform, "rotating")).find((one) => one.headers["webhook-id"] === headers["webhook-id"])?.body;
    for (const key of [endpoint.secret, secret]) expect(() => new Webhook(key).verify(JSON.stringify(body), headers)).not.toThrow();

    await ask("POST", `${path}/secrets/${rotation[1].id}/retire`);
    expect(signaturesOf(await deliver("rotating"))).toBe(1);
    await until("the retirement of the other", () => sealedFormer(endpoint.id), (sealed) => sealed === 0);
    const audit = await auditOf(endpoint.id);
    expect(audit.filter(({ action }) => action === "webhook_endpoint.secret_retired").map(({ actor }) => actor.type).sort()).toEqual(["api_key", "system"]);
    expect(JSON.stringify(audit)).not.toContain("whsec_");
    await ask("DELETE", path);
  });

  it("that was replaced before there was a table for it signs until its end and is cleared then", async () => {
    const { id, secret } = (await watchWith(platform, "acme", "older")) as { id: string; secret: string };
    await ask("PATCH", `/webhook-endpoints/${id}`, { eventTypes: ["application.created"] });
    const old = await platform.platform.vault.seal({ tenantId: "acme", table: "webhook_endpoint", column: "previous_secret", id }, Buffer.from(secret));
    const secretId = `sec_${id.slice("ep_".length)}`;
    await sql("UPDATE webhook_endpoint SET previous_secret = $2, previous_secret_until = now() + interval '1 hour' WHERE id = $1", [id, old]);
    await sql("INSERT INTO former_secret (id, tenant_id, kind, subject_id, replaced_at, valid_until) VALUES ($1, 'acme', 'webhook_endpoint', $2, now(), now() + interval '1 hour')", [secretId, id]);
    await sql("UPDATE webhook_endpoint SET updated_at = now() WHERE id = $1", [id]);
    expect(signaturesOf(await deliver("older"))).toBe(2);
    await ask("POST", `/webhook-endpoints/${id}/secrets/${secretId}/retire`);
    expect(signaturesOf(await deliver("older"))).toBe(1);
    expect(await sql("SELECT previous_secret FROM webhook_endpoint WHERE id = $1", [id])).toEqual([{ previous_secret: null }]);
  });
});

describe("an API key", () => {
  const works = async (key: string, api = platform.apiUrl): Promise<number> => (await fetch(`${api}${base}/api-keys`, { headers: { authorization: `Bearer ${key}` } })).status;

  it("overlaps with its successor, is watched, and ends in every process", async () => {
    const first = await ask("POST", "/api-keys", { name: "turning", scopes: ["*"] });
    const next = await ask("POST", `/api-keys/${first.id}/rotate`, {});
    expect([await works(first.secret), await works(first.secret, second.url), await works(next.secret, second.url)]).toEqual([200, 200, 200]);
    const { rotation } = await until("the use to be written", () => ask("GET", `/api-keys/${next.id}`), (key) => key.rotation[0]?.lastUsedAt !== null);
    expect(rotation).toEqual([expect.objectContaining({ id: `sec_${first.id.slice("key_".length)}` })]);
    await ask("POST", `/api-keys/${next.id}/secrets/${rotation[0].id}/retire`);
    for (const api of [platform.apiUrl, second.url]) await until("the key's end", () => works(first.secret, api), (status) => status === 401);
    expect(await works(next.secret, second.url)).toBe(200);
    expect(Date.parse((await ask("GET", `/api-keys/${first.id}`)).revokedAt)).toBeLessThanOrEqual(Date.now());
  });

  it("that is revoked during its overlap is retired as well", async () => {
    const first = await ask("POST", "/api-keys", { name: "turning", scopes: ["*"] });
    const next = await ask("POST", `/api-keys/${first.id}/rotate`, {});
    await ask("DELETE", `/api-keys/${first.id}`);
    expect([await works(first.secret), (await ask("GET", `/api-keys/${next.id}`)).rotation]).toEqual([401, []]);
  });
});

it.each(["integration", "webhook_endpoint", "api_key"])("ten former secrets (%s) may be valid, the eleventh is refused", async (kind) => {
  const start = {
    integration: async () => ({ path: "/integrations", id: (await ask("POST", "/integrations", { provider: "stripe", mode: "live", credentials: { webhookSecret: "whsec_0" } })).id, rotate: "rotate" }),
    webhook_endpoint: async () => ({ path: "/webhook-endpoints", id: (await ask("POST", "/webhook-endpoints", { url: `${platform.sandboxUrl}/echo/eleven`, enabled: false })).id, rotate: "secret/rotate" }),
    api_key: async () => ({ path: "/api-keys", id: (await ask("POST", "/api-keys", { name: "eleven", scopes: ["*"] })).id, rotate: "rotate" }),
  }[kind];
  const { path, rotate, ...subject } = await (start as NonNullable<typeof start>)();
  let { id } = subject;
  const body = (n: number, more = {}) => (kind === "integration" ? { credentials: { webhookSecret: `whsec_${n}` }, ...more } : more);
  for (let n = 1; n <= maxFormerSecrets; n += 1) id = (await ask("POST", `${path}/${id}/${rotate}`, body(n))).id ?? id;
  const refused = await platform.request("POST", `${base}${path}/${id}/${rotate}`, { body: body(11) });
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([400, "too_many_secrets", expect.stringContaining("10 former secrets are still valid")]);
  expect((await ask("GET", `${path}/${id}`)).rotation).toHaveLength(maxFormerSecrets);
  id = (await ask("POST", `${path}/${id}/${rotate}`, body(12, { overlapSeconds: 0 }))).id ?? id;
  expect((await ask("GET", `${path}/${id}`)).rotation).toEqual([]);
});
