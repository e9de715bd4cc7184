import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import pg from "pg";
import { deliveryCheckScheduleId } from "../../src/domain/workflow-ids.ts";
import { checkInvariants } from "../../src/webhooks/outbound/invariants.ts";
import { dueChannel } from "../../src/webhooks/outbound/due-channel.ts";
import { seedEvents, seedFailed } from "../support/deliveries.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { echoOf, watchWith } from "../support/verifications.ts";
import { until } from "../support/wait.ts";

// Breaches are made by SQL and checked without a worker, which would send what waits before the check sees it.

let platform: TestPlatform;
let tenant: string;
let endpointId: string;
let made = 0;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});
afterAll(() => platform?.stop());

const sql = async (text: string, values: unknown[] = []) => (await platform.owner.query(text, values)).rows;
const check = async () => {
  const { stalled, unrouted, miscounted, unrelayed } = await checkInvariants(platform.platform);
  return { stalled, unrouted, miscounted, unrelayed };
};
const well = { stalled: 0, unrouted: 0, miscounted: 0, unrelayed: 0 };
const toldOf = async (name: string): Promise<number> =>
  (await sql("SELECT count(*)::int AS count FROM audit_entry WHERE tenant_id IS NULL AND actor_type = 'system' AND action = 'invariant.breached' AND subject_id = $1", [name]))[0].count;

/** The last attempts were a while ago: the endpoint does not move. */
const quiet = () => sql("UPDATE delivery_attempt SET at = now() - interval '10 minutes' WHERE tenant_id = $1", [tenant]);

beforeEach(async () => {
  await sql("UPDATE webhook_delivery SET status = 'failed', next_attempt_at = NULL");
  made += 1;
  tenant = `promise${made}`;
  await platform.request("POST", "/v1/tenants", { body: { id: tenant, name: tenant } });
  ({ id: endpointId } = await watchWith(platform, tenant, tenant));
  await sql("UPDATE webhook_endpoint SET created_at = now() - interval '1 day', updated_at = now() - interval '1 day' WHERE id = $1", [endpointId]);
});

it("finds a delivery that is due and that nobody sends, frees it and wakes its dispatcher", async () => {
  const [id] = await seedFailed(platform, tenant, endpointId, 1);
  await quiet();
  const overdue = (change: string) => sql(`UPDATE webhook_delivery SET status = 'retrying', next_attempt_at = now() - interval '2 minutes', lease_token = gen_random_uuid(), ${change} WHERE id = $1`, [id]);
  await overdue("lease_until = now() + interval '10 seconds'");
  expect(await check()).toEqual(well);

  await overdue("lease_until = now() - interval '1 minute'");
  const listener = new pg.Client({ connectionString: platform.platform.config.databaseUrl });
  await listener.connect();
  await listener.query(`LISTEN ${dueChannel}`);
  const woken = new Promise<string | undefined>((resolve) => listener.once("notification", ({ payload }) => resolve(payload)));
  expect(await check()).toEqual({ ...well, stalled: 1 });
  const [row] = await sql("SELECT lease_until, lease_token, shard FROM webhook_delivery WHERE id = $1", [id]);
  expect(row).toMatchObject({ lease_until: null, lease_token: null });
  expect(await woken).toBe(String(row.shard));
  await listener.end();
  expect(await toldOf("stalled")).toBe(1);
});

it.each([
  ["is disabled", "enabled = false"],
  ["is failing", "status = 'degraded'"],
  ["is being slowed down", "slow_until = now() + interval '1 minute'"],
])("lets a delivery wait whose endpoint %s", async (_name, change) => {
  const [id] = await seedFailed(platform, tenant, endpointId, 1);
  await quiet();
  await sql("UPDATE webhook_delivery SET status = 'pending', next_attempt_at = now() - interval '2 minutes' WHERE id = $1", [id]);
  await sql(`UPDATE webhook_endpoint SET ${change} WHERE id = $1`, [endpointId]);
  expect((await check()).stalled).toBe(0);
});

it("lets a backlog wait while some of it moves", async () => {
  const ids = await seedFailed(platform, tenant, endpointId, 2);
  await sql("UPDATE webhook_delivery SET status = 'pending', next_attempt_at = now() - interval '2 minutes' WHERE id = $1", [ids[0]]);
  expect((await check()).stalled).toBe(0);
  // Its siblings move, but by another shard's dispatcher.
  await sql("UPDATE delivery_attempt SET at = now() - interval '10 minutes' WHERE delivery_id = $1", [ids[0]]);
  await sql("UPDATE webhook_delivery SET shard = (shard + 1) % $2 WHERE id = $1", [ids[0], platform.platform.config.webhookShards]);
  expect((await check()).stalled).toBe(1);
});

it("judges an ordered endpoint by the first delivery that waits", async () => {
  const ids = await seedFailed(platform, tenant, endpointId, 3);
  await quiet();
  await sql("UPDATE webhook_delivery SET status = 'pending', next_attempt_at = now() - interval '2 minutes' WHERE id = ANY($1)", [ids]);
  await sql("UPDATE webhook_endpoint SET ordered = true WHERE id = $1", [endpointId]);
  expect((await check()).stalled).toBe(1);
  await sql("UPDATE webhook_delivery SET status = 'retrying', next_attempt_at = now() + interval '1 minute' WHERE id = $1", [ids.toSorted()[0]]);
  expect((await check()).stalled).toBe(0);
});

it("finds an event that an endpoint should have had, and makes its delivery", async () => {
  const [id] = await seedEvents(platform, tenant, 1);
  expect(await check()).toEqual(well);
  await sql("UPDATE webhook_event SET created_at = now() - interval '5 minutes' WHERE id = $1", [id]);
  expect(await check()).toEqual({ ...well, unrouted: 1 });
  expect(await sql("SELECT endpoint_id, status FROM webhook_delivery WHERE tenant_id = $1 AND event_id = $2", [tenant, id])).toEqual([{ endpoint_id: endpointId, status: "pending" }]);
  expect(await check()).toEqual(well);
  expect(await toldOf("unrouted")).toBe(1);
});

it.each([
  ["wants other types", "event_types = '{invoice.*}'"],
  ["was changed since", "updated_at = now()"],
  ["is disabled", "enabled = false"],
  ["listens to channels", "channels = '{eu}'"],
  ["filters by content", "filter = '{}'"],
])("leaves an event alone whose endpoint %s", async (_name, change) => {
  const [id] = await seedEvents(platform, tenant, 1);
  await sql("UPDATE webhook_event SET created_at = now() - interval '5 minutes' WHERE id = $1", [id]);
  await sql(`UPDATE webhook_endpoint SET ${change} WHERE id = $1`, [endpointId]);
  expect((await check()).unrouted).toBe(0);
});

it("finds a delivery whose attempts were not all recorded", async () => {
  const [id] = await seedFailed(platform, tenant, endpointId, 2);
  await sql("UPDATE webhook_delivery SET attempts = 3 WHERE id = $1", [id]);
  expect(await check()).toEqual({ ...well, miscounted: 1 });
  expect(await toldOf("miscounted")).toBe(1);
  await sql("UPDATE webhook_delivery SET attempts = 1 WHERE id = $1", [id]);
  expect(await check()).toEqual(well);
});

it("finds inbound news that nobody hands on, and leaves those alone that wait for their owner", async () => {
  const seed = (id: string, due: string): Promise<unknown> => sql(
    `INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, next_relay_at) VALUES ($1, $2, 'int_1', 'sumsub', $1, 'received', now() ${due})`, [id, tenant]);
  await seed("inb_stuck", "- interval '6 minutes'");
  await seed("inb_waiting", "+ interval '5 minutes'");
  expect(await check()).toEqual({ ...well, unrelayed: 1 });
  await sql("DELETE FROM inbound_event");
  expect(await check()).toEqual(well);
});

it("is checked by a schedule, whose newest result the platform may read", async () => {
  expect((await platform.request("GET", "/health/invariants")).body).toEqual({ ok: true, checkedAt: null, ...well });
  expect((await platform.request("GET", "/health/invariants", { key: null })).status).toBe(401);
  const key = await platform.request("POST", `/v1/tenants/${tenant}/api-keys`, { body: { name: "host", scopes: ["*"] } });
  expect([key.status, (await platform.request("GET", "/health/invariants", { key: key.body.secret })).status]).toEqual([201, 403]);

  const [id] = await seedEvents(platform, tenant, 1);
  await sql("UPDATE webhook_event SET created_at = now() - interval '5 minutes' WHERE id = $1", [id]);
  const toldBefore = await toldOf("unrouted");
  await platform.startWorker();
  await platform.platform.temporal.client.schedule.getHandle(deliveryCheckScheduleId).trigger();
  // The clock may have started a check before the trigger did: what counts is that one was made and told.
  await until("a check", () => platform.request("GET", "/health/invariants"), ({ body }) => body.checkedAt !== null);
  await until("the breach to be told", () => toldOf("unrouted"), (told) => told === toldBefore + 1);
  await until("the event that was lost", () => echoOf(platform, tenant), (all) => all.length === 1);
  // A second worker finds the schedule that the first one made.
  await platform.stopWorker();
  await platform.startWorker();
});
