import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepMadeCredentials } from "../../src/integrations/keep-made-credentials.ts";
import { credentialsPlace } from "../../src/integrations/open-integration.ts";
import { launch, settle, timelineOf } from "../support/verifications.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
const integrations: Record<string, string> = {};

beforeAll(async () => {
  platform = await startPlatform();
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  for (const [way, settings] of [["classic", {}], ["studio", { workflowId: "6d1f0a3e-52b6-4f0c-9a43-6a1df3c6e0b1" }]] as const) {
    const made = await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "onfido", mode: "sandbox", settings } });
    expect(made.body, JSON.stringify(made.body)).toMatchObject({ status: "connected", health: { ok: true } });
    integrations[way] = made.body.id;
  }
});
afterAll(() => platform?.stop());

const base = (id: string) => `/v1/tenants/acme/verifications/${id}`;
const inboundOf = async (workflowId: string) =>
  (await platform.request("GET", "/v1/tenants/acme/inbound-events?limit=250")).body.data.filter((event: { workflowId: string | null }) => event.workflowId === workflowId);

// Each waits for its own verification only: they may go on at the same time.
describe.concurrent.each(["classic", "studio"])("a verification with Onfido, by %s", (way) => {
  const start = (tags: string) => launch(platform, `jane${tags}@example.test`, { provider: "onfido", integrationId: integrations[way] });

  it("ends clear, and its webhooks found the run", async () => {
    const started = await start("+approve");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear", reasons: [], provider: "onfido" });
    const told = await until("the webhooks", () => inboundOf(started.workflowId), (events) => events.some((event: { type: string }) => /^(check|workflow_run)\.completed$/.test(event.type)));
    expect(told.every((event: { status: string }) => event.status === "processed")).toBe(true);
  });

  it("ends rejected with Onfido's reasons in our words", async () => {
    const done = await settle(platform, (await start("+reject")).id);
    expect(done).toMatchObject({ status: "completed", result: "rejected", reasons: ["document_forged"] });
  });

  it("asks the candidate again once, with another link, then completes", async () => {
    const started = await start("+resubmit");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    expect(await timelineOf(platform, started.id)).toContain("verification.needs_input");
  });

  it("waits for a person when Onfido is unsure", async () => {
    const started = await start("+consider");
    const waiting = await until("the review", () => platform.request("GET", base(started.id)), (answer) => answer.body.status === "in_review");
    expect(waiting.body).toMatchObject({ result: "consider", reasons: ["data_mismatch"] });
    const review = { body: { decision: "approve", reason: "Married last month." } };
    // The row says so a moment before the run listens.
    const decided = await until("the decision", () => platform.request("POST", `${base(started.id)}/review`, review), (answer) => answer.status === 200);
    expect(decided.body).toMatchObject({ status: "completed", result: "clear" });
  });

  it("completes through polling when no webhook ever comes", async () => {
    const started = await start("+silent");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    expect(await inboundOf(started.workflowId)).toEqual([]);
  });

  it("ends clear with one applicant after errors and refusals for being too fast", async () => {
    const started = await start("+error+limit");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    const applicants = await fetch(`${platform.sandboxUrl}/_control/onfido/objects/applicants`).then((answer) => answer.json() as Promise<unknown>);
    expect(JSON.stringify(applicants).split(started.id)).toHaveLength(2);
  });

  it("checks documents that HR handed in, although the candidate never opened the link", async () => {
    const started = await start("+expire+reject");
    for (const [kind, complete] of [["selfie", "false"], ["passport", "true"]] as const) {
      const form = new FormData();
      form.set("kind", kind);
      form.set("country", "FR");
      form.set("complete", complete);
      form.set("file", new Blob([Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082", "hex"), kind]), "picture.png");
      const added = await fetch(`${platform.apiUrl}${base(started.id)}/documents`, { method: "POST", headers: { authorization: `Bearer ${platform.adminKey}` }, body: form });
      expect(added.status, await added.clone().text()).toBe(201);
    }
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "rejected" });
  });
});

it("keeps a token that Onfido made up with the credentials, and the door believes it", async () => {
  const made = await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "onfido", mode: "sandbox" } });
  const { id, credentials } = made.body;
  const row = await platform.platform.db.tenantTransaction("acme", (tx) => tx.integration.findFirstOrThrow({ where: { tenantId: "acme", id } }));
  await keepMadeCredentials(platform.platform, row, { credentials: { webhookToken: "made-up-by-the-vendor" }, place: credentialsPlace("acme", id) });

  const now = (await platform.request("GET", `/v1/tenants/acme/integrations/${id}`)).body;
  expect(now.credentials).toMatchObject({ apiToken: credentials.apiToken, webhookToken: { last4: "ndor" } });
  expect((await platform.request("POST", `/v1/tenants/acme/integrations/${id}/test`, { body: {} })).body).toMatchObject({ ok: true });
  const body = JSON.stringify({ payload: { resource_type: "check", action: "check.completed", object: { id: "check-1", completed_at_iso8601: "2026-01-15T12:00:00Z" } } });
  const send = (token: string) => platform.request("POST", `/webhooks/onfido/${id}`, { key: null, body, headers: { "x-sha2-signature": createHmac("sha256", token).update(body).digest("hex") } });
  await until("the door to know it", () => send("made-up-by-the-vendor"), (answer) => answer.status === 200);
  const audited = (await platform.request("GET", `/v1/tenants/acme/audit-log?action=integration.credentials_made&subjectId=${id}`)).body.data;
  expect(audited).toEqual([expect.objectContaining({ actor: expect.objectContaining({ type: "system" }), after: { fields: ["webhookToken"] } })]);
});
