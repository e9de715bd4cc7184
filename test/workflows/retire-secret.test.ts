import { afterAll, beforeAll, expect, it } from "vitest";
import { fixedClock } from "../../src/lib/clock.ts";
import { retirementWorkflowId } from "../../src/domain/workflow-ids.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
const base = "/v1/tenants/acme";
const hourMs = 3_600_000;

beforeAll(async () => {
  platform = await startPlatform({ timeSkipping: true });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(() => platform?.stop());

async function rotated(): Promise<{ id: string; secretId: string; workflowId: string }> {
  Object.assign(platform.platform, { clock: fixedClock(await platform.temporalNow()) });
  const { id } = (await platform.request("POST", `${base}/integrations`, { body: { provider: "stripe", mode: "live", credentials: { webhookSecret: "whsec_first-secret" } } })).body;
  const { rotation } = (await platform.request("POST", `${base}/integrations/${id}/rotate`, { body: { credentials: { webhookSecret: "whsec_second-secret" } } })).body;
  const workflowId = retirementWorkflowId(rotation[0].id);
  await until("the run", () => platform.platform.temporal.client.workflow.getHandle(workflowId).describe().catch(() => null), (found) => found !== null);
  return { id, secretId: rotation[0].id, workflowId };
}

async function storyOf(workflowId: string): Promise<{ kind: string; summary: string }[]> {
  return (await platform.request("GET", `${base}/runs/${encodeURIComponent(workflowId)}`)).body.timeline;
}

/** As if the former secret had been used so long before its overlap's end. */
async function use(secretId: string, beforeEndMs: number): Promise<void> {
  await platform.owner.query("UPDATE former_secret SET last_used_at = valid_until - make_interval(secs => $2::float8 / 1000), uses = 3 WHERE id = $1", [secretId, beforeEndMs]);
}

it("warns once when a former secret is in use near the end of 24 hours, and retires it then", async () => {
  const { id, secretId, workflowId } = await rotated();
  await platform.passTime(17 * hourMs);
  expect((await storyOf(workflowId)).map(({ kind }) => kind)).toEqual(["secret.rotated"]);
  // The first look, six hours before the end, finds a use of three minutes ago.
  await use(secretId, 6 * hourMs + 3 * 60_000 + 30_000);
  await platform.passTime(1.5 * hourMs);
  const warned = await storyOf(workflowId);
  expect(warned.map(({ kind }) => kind)).toEqual(["secret.rotated", "secret.expiring"]);
  expect(warned[1]?.summary).toMatch(/^The former set of credentials was used 3 minutes ago\. It ends at 20/);
  await use(secretId, 60_000);
  await expect(platform.timeSkippingResult(workflowId)).resolves.toBeUndefined();

  const told = (await platform.request("GET", `${base}/events`)).body.data.map(({ type }: { type: string }) => type).filter((type: string) => type.startsWith("secret."));
  expect(told).toEqual(["secret.retired", "secret.expiring"]);
  expect((await storyOf(workflowId)).map(({ kind }) => kind)).toEqual(["secret.rotated", "secret.expiring", "secret.retired"]);
  const { rows } = await platform.owner.query("SELECT secret, retired_at FROM former_secret WHERE id = $1", [secretId]);
  expect(rows).toEqual([{ secret: null, retired_at: expect.any(Date) }]);
  const audit = (await platform.request("GET", `${base}/audit-log?subjectId=${id}&action=integration.secret_retired`)).body.data;
  expect(audit).toEqual([expect.objectContaining({ actor: { type: "system", id: null }, before: expect.objectContaining({ id: secretId, uses: 3 }) })]);
  await recordHistory(platform, workflowId, "retire-secret-warned");
});

it("looks again closer to the end, and says nothing of one that nobody uses", async () => {
  const { workflowId } = await rotated();
  await expect(platform.timeSkippingResult(workflowId)).resolves.toBeUndefined();
  const story = await storyOf(workflowId);
  expect(story.map(({ kind }) => kind)).toEqual(["secret.rotated", "secret.retired"]);
  expect(story[1]?.summary).toContain("It was not used since it was replaced.");
  await recordHistory(platform, workflowId, "retire-secret-unused");
});

it("waits for a later end when a person extends the overlap", async () => {
  const { id, secretId, workflowId } = await rotated();
  await platform.request("POST", `${base}/integrations/${id}/secrets/${secretId}/extend`, { body: { overlapSeconds: 7 * 86_400 } });
  await platform.passTime(30 * hourMs);
  expect((await storyOf(workflowId)).map(({ kind }) => kind)).toEqual(["secret.rotated", "secret.extended"]);
  await expect(platform.timeSkippingResult(workflowId)).resolves.toBeUndefined();
  expect((await storyOf(workflowId)).at(-1)?.kind).toBe("secret.retired");
  await recordHistory(platform, workflowId, "retire-secret-extended");
});

it("retires at once when its run is cancelled: nobody would do it later", async () => {
  const { id, workflowId } = await rotated();
  await platform.request("POST", `${base}/runs/${encodeURIComponent(workflowId)}/cancel`, { body: {} });
  await expect(platform.timeSkippingResult(workflowId)).resolves.toBeUndefined();
  expect((await platform.request("GET", `${base}/integrations/${id}`)).body.rotation).toEqual([]);
  await recordHistory(platform, workflowId, "retire-secret-cancelled");
});
