import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";
import { echoOf, launch, settle, timelineOf, watchWith } from "../support/verifications.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } });
  await watchWith(platform, "acme", "host");
});
afterAll(() => platform?.stop());

describe("a verification", () => {
  it("goes from the request to a delivered, signed webhook", async () => {
    const started = await launch(platform, "jane+approve@example.test");
    const done = await settle(platform, started.id);
    expect(done).toMatchObject({ status: "completed", result: "clear", reasons: [] });
    expect(done.attempts).toMatchObject([{ provider: "sumsub", status: "completed", result: "clear" }]);
    const received = await until("the outbound webhook", () => echoOf(platform, "host"), (all) => all.some((one) => one.body.type === "verification.completed" && one.body.data.id === started.id));
    const mine = received.filter((one) => one.body.data.id === started.id);
    expect(mine.every((one) => one.verified === true)).toBe(true);
    expect(mine.map((one) => one.body.type)).toEqual(expect.arrayContaining(["verification.created", "verification.invited", "verification.completed"]));
    expect(new Set(mine.map((one) => one.headers["webhook-id"])).size).toBe(mine.length);
    await recordHistory(platform, started.workflowId, "verification-approve");
  });

  it("ends rejected with the provider's reasons in our words", async () => {
    const done = await settle(platform, (await launch(platform, "jane+reject@example.test")).id);
    expect(done).toMatchObject({ status: "completed", result: "rejected" });
    expect(done.reasons).not.toHaveLength(0);
  });

  it("asks the candidate again once, then completes", async () => {
    const started = await launch(platform, "jane+resubmit@example.test");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    expect(await timelineOf(platform, started.id)).toContain("verification.needs_input");
    await recordHistory(platform, started.workflowId, "verification-resubmit");
  });

  it.each(["duplicate", "shuffle", "late", "error", "limit"])("ends clear when the provider is in the mood of +%s", async (mood) => {
    const started = await launch(platform, `jane+${mood}+approve@example.test`);
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    const applicants = await fetch(`${platform.sandboxUrl}/_control/sumsub/objects/applicants`).then((answer) => answer.json() as Promise<unknown>);
    expect(JSON.stringify(applicants).split(`"externalUserId":"${started.id}"`)).toHaveLength(2);
  });

  it("completes through polling when no webhook ever comes, and the timeline says so", async () => {
    const started = await launch(platform, "jane+silent@example.test");
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    const timeline = await platform.request("GET", `/v1/tenants/acme/verifications/${started.id}/timeline`);
    expect(timeline.body.data.map((entry: { summary: string }) => entry.summary).join("\n")).toContain("No webhook had arrived");
    const inbound = await platform.request("GET", "/v1/tenants/acme/inbound-events?limit=250");
    expect(inbound.body.data.filter((event: { workflowId: string | null }) => event.workflowId === started.workflowId)).toEqual([]);
    await recordHistory(platform, started.workflowId, "verification-silent");
  });

  it("waits for a person when the provider is unsure, and takes one decision", async () => {
    const started = await launch(platform, "jane+consider@example.test");
    const base = `/v1/tenants/acme/verifications/${started.id}`;
    const tooEarly = await platform.request("POST", `${base}/review`, { body: { decision: "approve", reason: "too early" } });
    expect(tooEarly.status).toBe(409);
    await until("the review", () => platform.request("GET", base), (answer) => answer.body.status === "in_review");
    const decided = await platform.request("POST", `${base}/review`, { body: { decision: "approve", reason: "Seen in person." } });
    expect(decided.status, JSON.stringify(decided.body)).toBe(200);
    expect(decided.body).toMatchObject({ status: "completed", result: "clear" });
    const again = await platform.request("POST", `${base}/review`, { body: { decision: "reject", reason: "Changed my mind." } });
    expect(again.status).toBe(409);
    const audited = (await platform.request("GET", `/v1/tenants/acme/audit-log?action=verification.reviewed&subjectId=${started.id}`)).body.data;
    expect(audited).toEqual([expect.objectContaining({ actor: { type: "api_key", id: expect.any(String) }, sourceIp: "127.0.0.1", requestId: expect.any(String), after: { decision: "approve", reason: "Seen in person." } })]);
    await recordHistory(platform, started.workflowId, "verification-review");
  });

  it("stops when HR cancels it, also while it waits", async () => {
    const started = await launch(platform, "jane+expire@example.test");
    await until("the invitation", () => platform.request("GET", `/v1/tenants/acme/verifications/${started.id}`), (answer) => answer.body.status === "invited");
    await platform.request("POST", `/v1/tenants/acme/verifications/${started.id}/cancel`, { body: {} });
    expect(await settle(platform, started.id)).toMatchObject({ status: "cancelled" });
    expect((await platform.request("POST", `/v1/tenants/acme/verifications/${started.id}/cancel`, { body: {} })).status).toBe(409);
    await recordHistory(platform, started.workflowId, "verification-cancel");
  });

  it("hands documents to the provider, which starts when told that they are all there", async () => {
    // This candidate never opens the invitation.
    const started = await launch(platform, "jane+expire+reject@example.test");
    const form = new FormData();
    form.set("kind", "passport");
    form.set("country", "FR");
    form.set("complete", "true");
    form.set("file", new Blob([Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082", "hex")]), "passport.png");
    const added = await fetch(`${platform.apiUrl}/v1/tenants/acme/verifications/${started.id}/documents`, { method: "POST", headers: { authorization: `Bearer ${platform.adminKey}` }, body: form });
    expect(added.status, await added.clone().text()).toBe(201);
    await until("the hand-over", () => timelineOf(platform, started.id), (kinds) => kinds.includes("document.handed_over"));
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "rejected" });
    await recordHistory(platform, started.workflowId, "verification-document");
  });

  it.each([
    { what: "the provider refuses the credentials", status: 401, health: "needs_attention" },
    { what: "the provider answers garbage", status: 200, health: "connected" },
  ])("says what it is stuck on when $what, and goes on when asked", async ({ status, health }) => {
    await fetch(`${platform.sandboxUrl}/_control/sumsub/faults`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ error: 1, status }) });
    const started = await launch(platform, "jane+approve@example.test");
    const run = `/v1/tenants/acme/runs/${encodeURIComponent(started.workflowId)}`;
    const stuck = await until("the run to be stuck", () => platform.request("GET", run), (answer) => answer.body.status === "stuck");
    expect(stuck.body.problem).toContain("Sumsub");
    const [integration] = (await platform.request("GET", "/v1/tenants/acme/integrations")).body.data;
    expect(integration).toMatchObject({ status: health, health: { ok: false } });
    await fetch(`${platform.sandboxUrl}/_control/sumsub/faults`, { method: "DELETE" });
    expect((await platform.request("POST", `${run}/retry-now`, { body: {} })).status).toBe(202);
    expect(await settle(platform, started.id)).toMatchObject({ status: "completed", result: "clear" });
    expect((await platform.request("GET", "/v1/tenants/acme/integrations")).body.data[0].status).toBe("connected");
    expect((await platform.request("GET", run)).body).toMatchObject({ status: "completed", problem: null, nextTimer: null });
    await recordHistory(platform, started.workflowId, `verification-stuck-${status}`);
  });

  it("shows when it moves next", async () => {
    const started = await launch(platform, "jane+expire@example.test");
    const run = `/v1/tenants/acme/runs/${encodeURIComponent(started.workflowId)}`;
    const waiting = await until("the next timer", () => platform.request("GET", run), (answer) => answer.body.nextTimer !== null);
    expect(Date.parse(waiting.body.nextTimer)).toBeGreaterThan(Date.now() - 10_000);
  });
});
