import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recoveryWorkflowId } from "../../src/domain/workflow-ids.ts";
import { tidyShard } from "../../src/webhooks/outbound/breaker-upkeep.ts";
import { missingPage } from "../../src/webhooks/outbound/missing-events.ts";
import { seedEvents, seedFailed } from "../support/deliveries.ts";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { echoOf, watchWith } from "../support/verifications.ts";
import { until } from "../support/wait.ts";

const since = new Date(Date.now() - 3_600_000).toISOString();
let platform: TestPlatform;
let count = 0;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.stop());

interface Tenant {
  name: string;
  endpointId: string;
  send: (method: string, path: string, body?: unknown) => ReturnType<TestPlatform["request"]>;
}

async function newTenant(): Promise<Tenant> {
  count += 1;
  const name = `recover${count}`;
  await platform.request("POST", "/v1/tenants", { body: { id: name, name } });
  const { id } = await watchWith(platform, name, name);
  return { name, endpointId: id, send: (method, path, body) => platform.request(method, `/v1/tenants/${name}/${path}`, body === undefined ? {} : { body }) };
}

async function recover({ send, endpointId }: Tenant, body: Record<string, unknown> = {}): Promise<{ id: string; matched: number }> {
  const answer = await send("POST", `webhook-endpoints/${endpointId}/recover`, { since, ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body;
}

const jobWhen = async ({ send }: Tenant, id: string, good: (job: { status: string; done: number }) => boolean) =>
  (await until("the job", () => send("GET", `recovery-jobs/${id}`), ({ body }) => good(body), 60_000)).body;

async function countOf({ name }: Tenant, status: string): Promise<number> {
  const { rows } = await platform.owner.query("SELECT count(*)::int AS count FROM webhook_delivery WHERE tenant_id = $1 AND status = $2", [name, status]);
  return rows[0].count;
}

const deliveredWhen = (tenant: Tenant, number: number) => until(`${number} delivered`, () => countOf(tenant, "delivered"), (value) => value >= number, 60_000);

it("recovers 1,200 failed deliveries step by step, and a worker's restart on the way loses none", async () => {
  const tenant = await newTenant();
  const ids = await seedFailed(platform, tenant.name, tenant.endpointId, 1200);
  const counted = await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, dryRun: true });
  expect([counted.status, counted.body]).toEqual([200, { matched: 1200 }]);

  const job = await recover(tenant);
  expect(job).toMatchObject({ kind: "resend", endpointId: tenant.endpointId, status: "running", matched: 1200, finishedAt: null });
  expect((await jobWhen(tenant, job.id, ({ done }) => done > 0)).done).toBe(500);
  await platform.stopWorker();
  const { body: waiting } = await tenant.send("GET", `recovery-jobs/${job.id}`);
  expect(waiting.status).toBe("running");
  await platform.startWorker();

  expect(await jobWhen(tenant, job.id, ({ status }) => status !== "running")).toMatchObject({ status: "done", matched: 1200, done: 1200, finishedAt: expect.any(String) });
  await deliveredWhen(tenant, 1200);
  const one = (await tenant.send("GET", `deliveries/${ids[0]}`)).body;
  expect(one).toMatchObject({ status: "delivered", attemptCount: 2 });
  await platform.platform.temporal.client.workflow.getHandle(recoveryWorkflowId(job.id)).result();
  await recordHistory(platform, recoveryWorkflowId(job.id), "recovery-job");
}, 120_000);

it("stops half-way when the job is cancelled, and sends what was made due before", async () => {
  const tenant = await newTenant();
  await seedFailed(platform, tenant.name, tenant.endpointId, 1200);
  const job = await recover(tenant);
  await jobWhen(tenant, job.id, ({ done }) => done > 0);
  const cancelled = await tenant.send("POST", `recovery-jobs/${job.id}/cancel`, {});
  expect([cancelled.status, cancelled.body.status]).toEqual([200, "cancelled"]);
  await platform.platform.temporal.client.workflow.getHandle(recoveryWorkflowId(job.id)).result();
  const { done } = await jobWhen(tenant, job.id, () => true);
  expect(done).toBe(cancelled.body.done);
  await deliveredWhen(tenant, done);
  expect([await countOf(tenant, "delivered"), await countOf(tenant, "failed")]).toEqual([done, 1200 - done]);
}, 120_000);

it("ends the job when its run is cancelled in Temporal", async () => {
  const tenant = await newTenant();
  await seedFailed(platform, tenant.name, tenant.endpointId, 600);
  const job = await recover(tenant);
  await jobWhen(tenant, job.id, ({ done }) => done > 0);
  await platform.platform.temporal.client.workflow.getHandle(recoveryWorkflowId(job.id)).cancel();
  expect(await jobWhen(tenant, job.id, ({ status }) => status !== "running")).toMatchObject({ status: "cancelled", done: 500 });
}, 60_000);

it("brings an endpoint what it never had, and no more than the dry run said", async () => {
  const tenant = await newTenant();
  const wanted = await seedEvents(platform, tenant.name, 520);
  await seedEvents(platform, tenant.name, 5, "invoice.paid");
  // An example for one endpoint is nobody else's.
  await platform.owner.query("UPDATE webhook_event SET only_endpoint_id = 'another' WHERE id = $1", [wanted[0]]);
  await tenant.send("PATCH", `webhook-endpoints/${tenant.endpointId}`, { eventTypes: ["application.*"] });
  const counted = await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, mode: "missing", dryRun: true });
  expect(counted.body).toEqual({ matched: 519 });
  const job = await recover(tenant, { mode: "missing" });
  expect(await jobWhen(tenant, job.id, ({ status }) => status === "done")).toMatchObject({ kind: "route_again", matched: 519, done: 519 });
  await deliveredWhen(tenant, 519);
  expect((await echoOf(platform, tenant.name)).every(({ body }) => body.type === "application.created")).toBe(true);
  expect((await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, mode: "missing", dryRun: true })).body).toEqual({ matched: 0 });
}, 60_000);

/** Events that made no delivery, of which every second one has a score of its number and the others a small one. */
async function seedScored(tenant: Tenant, count: number, filler = ""): Promise<string[]> {
  const ids = await seedEvents(platform, tenant.name, count);
  await platform.owner.query(
    `UPDATE webhook_event e SET payload = json_build_object('score', CASE WHEN t.place % 2 = 0 THEN 90 ELSE 10 END, 'filler', $3::text)
     FROM unnest($2::text[]) WITH ORDINALITY AS t(id, place) WHERE e.tenant_id = $1 AND e.id = t.id`,
    [tenant.name, ids, filler],
  );
  return ids.filter((_, index) => index % 2 === 1);
}

describe("an endpoint that filters by content", () => {
  const fields = { eventTypes: ["application.*"], channels: [], filter: { "data.score": { $gte: 50 } } };
  const receivedBy = async (tenant: Tenant): Promise<string[]> => [...new Set((await echoOf(platform, tenant.name)).map(({ headers }) => headers["webhook-id"] ?? ""))].toSorted();

  it("is brought what it never had and its filter lets through, page by page, and nothing else", async () => {
    const tenant = await newTenant();
    const wanted = await seedScored(tenant, 1_100);
    await seedEvents(platform, tenant.name, 5, "invoice.paid");
    await tenant.send("PATCH", `webhook-endpoints/${tenant.endpointId}`, fields);
    expect((await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, mode: "missing", dryRun: true })).body).toEqual({ matched: 550 });
    const job = await recover(tenant, { mode: "missing" });
    expect(job).toMatchObject({ kind: "route_again", matched: 550 });
    // A page of candidates is done when the worker goes away; the next goes on after it.
    await jobWhen(tenant, job.id, ({ done }) => done > 0);
    await platform.stopWorker();
    expect((await tenant.send("GET", `recovery-jobs/${job.id}`)).body).toMatchObject({ status: "running" });
    await platform.startWorker();
    expect(await jobWhen(tenant, job.id, ({ status }) => status !== "running")).toMatchObject({ status: "done", matched: 550, done: 550 });
    await deliveredWhen(tenant, 550);
    expect(await receivedBy(tenant)).toEqual(wanted.toSorted());
    expect((await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, mode: "missing", dryRun: true })).body).toEqual({ matched: 0 });
  }, 60_000);

  it("has no more made due after its job was cancelled", async () => {
    const tenant = await newTenant();
    await seedScored(tenant, 1_100);
    await tenant.send("PATCH", `webhook-endpoints/${tenant.endpointId}`, fields);
    const job = await recover(tenant, { mode: "missing" });
    await jobWhen(tenant, job.id, ({ done }) => done > 0);
    const cancelled = (await tenant.send("POST", `recovery-jobs/${job.id}/cancel`, {})).body;
    await platform.platform.temporal.client.workflow.getHandle(recoveryWorkflowId(job.id)).result();
    await deliveredWhen(tenant, cancelled.done);
    expect(await countOf(tenant, "delivered")).toBe(cancelled.done);
    expect((await tenant.send("POST", `webhook-endpoints/${tenant.endpointId}/recover`, { since, mode: "missing", dryRun: true })).body).toEqual({ matched: 550 - cancelled.done });
  }, 60_000);

  it("may miss large events: a page ends before its payloads are too much to hold", async () => {
    const tenant = await newTenant();
    const wanted = await seedScored(tenant, 20, "x".repeat(500_000));
    await tenant.send("PATCH", `webhook-endpoints/${tenant.endpointId}`, fields);
    const first = await platform.platform.db.tenantTransaction(tenant.name, (tx) => missingPage(tx, tenant.name, { endpointId: tenant.endpointId, status: [], until: new Date().toISOString() }, null));
    expect(first.wanted.length).toBeLessThan(10);
    expect(first.cursor).not.toBeNull();
    const job = await recover(tenant, { mode: "missing" });
    expect(await jobWhen(tenant, job.id, ({ status }) => status === "done")).toMatchObject({ matched: 10, done: 10 });
    await deliveredWhen(tenant, 10);
    expect(await receivedBy(tenant)).toEqual(wanted.toSorted());
  }, 60_000);
});

it("gives a new deadline to what is resent after its own passed", async () => {
  const tenant = await newTenant();
  const [old] = await seedFailed(platform, tenant.name, tenant.endpointId, 1, { status: "expired" });
  await platform.owner.query("UPDATE webhook_delivery SET created_at = now() - interval '8 days', expires_at = now() - interval '1 day' WHERE id = $1", [old]);
  const job = await recover(tenant, { since: new Date(Date.now() - 9 * 86_400_000).toISOString(), status: ["expired"] });
  expect(await jobWhen(tenant, job.id, ({ status }) => status === "done")).toMatchObject({ done: 1 });
  const { rows } = await platform.owner.query("SELECT expires_at > now() + interval '6 days' AS renewed FROM webhook_delivery WHERE id = $1", [old]);
  expect(rows).toEqual([{ renewed: true }]);
  await deliveredWhen(tenant, 1);
});

it("resends by filter only what the filter names", async () => {
  const tenant = await newTenant();
  await seedFailed(platform, tenant.name, tenant.endpointId, 10);
  await seedFailed(platform, tenant.name, tenant.endpointId, 10, { type: "invoice.paid" });
  await seedFailed(platform, tenant.name, tenant.endpointId, 10, { status: "cancelled" });
  const filter = { eventType: "application.created", status: ["failed", "cancelled"] };
  expect((await tenant.send("POST", "deliveries/replay", { filter, dryRun: true })).body).toEqual({ matched: 20 });
  const answer = await tenant.send("POST", "deliveries/replay", { filter });
  expect(answer.status).toBe(202);
  expect(await jobWhen(tenant, answer.body.id, ({ status }) => status === "done")).toMatchObject({ endpointId: null, done: 20 });
  await deliveredWhen(tenant, 20);
  expect(await countOf(tenant, "failed")).toBe(10);
});

it("gives what is sent again a new week when its deadline has passed", async () => {
  const tenant = await newTenant();
  const [resent, retried] = await seedFailed(platform, tenant.name, tenant.endpointId, 2);
  const pool = platform.owner;
  await pool.query("UPDATE webhook_delivery SET created_at = now() - interval '10 days' WHERE tenant_id = $1", [tenant.name]);
  await pool.query("UPDATE webhook_delivery SET status = 'expired' WHERE id = $1", [retried]);
  // Its breaker is open, so that both wait.
  await pool.query("UPDATE webhook_endpoint SET status = 'degraded' WHERE id = $1", [tenant.endpointId]);
  const early = new Date(Date.now() - 30 * 86_400_000).toISOString();
  await jobWhen(tenant, (await recover(tenant, { since: early })).id, ({ done }) => done === 1);
  expect((await tenant.send("POST", `deliveries/${retried}/retry`, {})).body).toMatchObject({ status: "held" });
  await until("both to be held", () => countOf(tenant, "held"), (held) => held === 2);
  for (const shard of [0, 1]) await tidyShard(platform.platform, shard);
  const { rows } = await pool.query("SELECT id, status, expires_at > now() + interval '6 days' AS later FROM webhook_delivery WHERE tenant_id = $1 ORDER BY id", [tenant.name]);
  expect(rows).toHaveLength(2);
  for (const id of [resent, retried]) expect(rows).toContainEqual({ id, status: "held", later: true });
});
