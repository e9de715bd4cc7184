import { randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import type { Platform } from "../../src/context.ts";
import { newId } from "../../src/lib/ids.ts";
import { createPlatform } from "../../src/platform.ts";
import type { TemporalGateway } from "../../src/temporal/gateway.ts";
import { writeResults, type ClaimedDelivery, type DeliveryResult } from "../../src/webhooks/outbound/delivery-store.ts";
import { noteEndpointHealth } from "../../src/webhooks/outbound/endpoint-health.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testEncryptionKeys } from "../support/platform.ts";
import { afterAttempts, healthyEndpoint, type EndpointModel, type ModelAttempt } from "./breaker-model.ts";

// Time passes by moving what is stored into the past. All spans are multiples of ten minutes: what the test itself takes decides nothing.

let database: TestDatabase;
let owner: pg.Pool;
let platform: Platform & { close(): Promise<void> };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const sql = async (text: string, values: unknown[]) => (await owner.query(text, values)).rows;

/** The recovery's run is Temporal's part and not asked for here. */
const noTemporal = { client: { connection: { withDeadline: async () => undefined } }, close: async () => undefined } as unknown as TemporalGateway;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  const config = loadConfig({ NODE_ENV: "test", DATABASE_URL: database.url, ENCRYPTION_KEYS: testEncryptionKeys, DATA_DIR: "/nonexistent", LOG_LEVEL: "silent" });
  platform = { ...createPlatform(config, { process: "test" }), temporal: noTemporal };
  await sql("INSERT INTO tenant (id, name) VALUES ('acme', 'Acme')", []);
});
afterAll(async () => {
  await platform?.close();
  await owner?.end();
  await database?.drop();
});

interface Step {
  passMs: number;
  attempts: ModelAttempt[];
}

async function newEndpoint(): Promise<string> {
  const id = newId("ep");
  // It wants no news of itself: those would be deliveries of its own.
  await sql("INSERT INTO webhook_endpoint (id, tenant_id, url, event_types, secret, retry_schedule, shard) VALUES ($1, 'acme', 'https://receiver.example', '{application.created}', '', '{}', 0)", [id]);
  return id;
}

async function passTime(endpointId: string, ms: number): Promise<void> {
  const span = "make_interval(secs => $2::float8 / 1000)";
  await sql(`UPDATE webhook_endpoint SET failing_since = failing_since - ${span}, slow_until = slow_until - ${span}, failure_warned_at = failure_warned_at - ${span} WHERE id = $1`, [endpointId, ms]);
  await sql(`UPDATE delivery_attempt SET at = at - ${span} WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE endpoint_id = $1)`, [endpointId, ms]);
}

/** Leased deliveries, as a dispatcher holds them when the answers come. */
async function lease(endpointId: string, attempts: ModelAttempt[]): Promise<ClaimedDelivery[]> {
  const leaseToken = randomUUID();
  const rows = attempts.map(({ first }) => ({ id: newId("dlv"), eventId: newId("evt"), attempts: first ? 0 : 1 }));
  const events = rows.map((row) => row.eventId);
  await sql("INSERT INTO webhook_event (id, tenant_id, type, payload) SELECT id, 'acme', 'application.created', '{}' FROM unnest($1::text[]) AS t(id)", [events]);
  await sql(
    `INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, attempts, next_attempt_at, lease_until, lease_token)
     SELECT t.id, 'acme', t.event_id, $1, 0, 'pending', t.attempts, now(), now() + interval '1 minute', $2 FROM unnest($3::text[], $4::text[], $5::int[]) AS t(id, event_id, attempts)`,
    [endpointId, leaseToken, rows.map((row) => row.id), events, rows.map((row) => row.attempts)],
  );
  return rows.map((row) => ({ ...row, tenantId: "acme", endpointId, leaseToken }) as ClaimedDelivery);
}

function resultOf(delivery: ClaimedDelivery, attempt: ModelAttempt): DeliveryResult {
  const ok = attempt.answer === "ok";
  const statusCode = { ok: 204, failed: 500, asked_to_wait: 429, gone: 410 }[attempt.answer];
  const retryAfter = attempt.retryAfterMs === undefined ? {} : { retryAfterMs: attempt.retryAfterMs };
  // An attempt begins before its answer is noted.
  const at = new Date(Date.now() - 50);
  return { delivery, at, status: ok ? "delivered" : "retrying", waitMs: ok ? null : 1_000, outcome: { ok, statusCode, latencyMs: 50, responseBody: null, error: null, ...retryAfter } };
}

async function happen(endpointId: string, { passMs, attempts }: Step): Promise<void> {
  await passTime(endpointId, passMs);
  const deliveries = await lease(endpointId, attempts);
  const results = deliveries.map((delivery, n) => resultOf(delivery, attempts[n] as ModelAttempt));
  await writeResults(platform.db.hot.dispatch, results);
  await noteEndpointHealth(platform, results);
}

// What is stored is rounded to the millisecond, and may be a moment ahead.
const toWholeTenMinutes = (ms: number): number => Math.max(0, Math.round(ms / (10 * minuteMs)));

async function stored(endpointId: string): Promise<unknown> {
  const [row] = await sql(
    `SELECT status, enabled, consecutive_failures AS failures, failure_warned_at IS NOT NULL AS warned,
       (extract(epoch FROM now() - failing_since) * 1000)::float8 AS failing_for_ms, greatest(0, extract(epoch FROM slow_until - now()) * 1000)::float8 AS slow_for_ms
     FROM webhook_endpoint WHERE id = $1`,
    [endpointId],
  );
  const told = await sql("SELECT type, count(*)::int AS count FROM webhook_event WHERE tenant_id = 'acme' AND payload->>'endpointId' = $1 GROUP BY type", [endpointId]);
  const count = (type: string): number => told.find((one) => one.type === `endpoint.${type}`)?.count ?? 0;
  return {
    status: row.status, enabled: row.enabled, failures: row.failures, warned: row.warned,
    failingFor: row.failing_for_ms === null ? null : toWholeTenMinutes(row.failing_for_ms), slowFor: toWholeTenMinutes(row.slow_for_ms ?? 0),
    told: { failing: count("failing"), recovered: count("recovered"), disabled: count("disabled") },
  };
}

function shown(model: EndpointModel, now: number): unknown {
  const { status, failures, warned, failingSince, slowUntil, told } = model;
  return {
    status, enabled: status !== "disabled", failures, warned,
    failingFor: failingSince === null ? null : toWholeTenMinutes(now - failingSince), slowFor: toWholeTenMinutes(Math.max(0, slowUntil - now)), told,
  };
}

/** Lets the steps happen to an endpoint and to its model; they must be equal after each. Gives the last state. */
async function compare(steps: Step[]): Promise<EndpointModel> {
  const endpointId = await newEndpoint();
  let model = healthyEndpoint();
  let now = 0;
  for (const step of steps) {
    now += step.passMs;
    model = afterAttempts(model, now, step.attempts);
    await happen(endpointId, step);
    expect(await stored(endpointId), `after ${JSON.stringify(step)}`).toEqual(shown(model, now));
  }
  return model;
}

const times = (count: number, attempt: ModelAttempt): ModelAttempt[] => Array.from({ length: count }, () => attempt);
const ok: ModelAttempt = { answer: "ok", first: true };
const failed: ModelAttempt = { answer: "failed", first: true };
const failedRetry: ModelAttempt = { answer: "failed", first: false };
const after = (passMs: number, ...attempts: ModelAttempt[]): Step => ({ passMs, attempts });

it("opens the breaker at the twentieth first attempt in a row, however many retries fail in between", async () => {
  const steps = [after(hourMs, ...times(10, failed)), after(hourMs, ...times(30, failedRetry)), after(hourMs, ...times(9, failed))];
  expect((await compare(steps)).status).toBe("healthy");
  expect((await compare([...steps, after(hourMs, failed)])).status).toBe("degraded");
  expect((await compare([...steps, after(hourMs, ok, failed)])).status).toBe("healthy");
});

it("warns after a day, once, and disables after five days of which ten attempts failed, retries among them", async () => {
  const day = 24 * hourMs;
  const begun = [after(hourMs, failed), after(day, failedRetry), after(day, failedRetry)];
  expect(await compare(begun)).toMatchObject({ status: "healthy", told: { failing: 1 } });
  const nine = [...begun, after(3 * day, ...times(7, failedRetry))];
  expect(await compare(nine)).toMatchObject({ status: "healthy", told: { failing: 1, disabled: 0 } });
  expect(await compare([...nine, after(hourMs, failedRetry)])).toMatchObject({ status: "disabled", told: { failing: 1, disabled: 1 } });
  expect(await compare([...nine, after(hourMs, ok), after(hourMs, ...times(5, failed))])).toMatchObject({ status: "healthy", told: { recovered: 1, disabled: 0 } });
});

it("comes to the model's state after every step of any life of an endpoint", async () => {
  const asked = fc.record({ answer: fc.constant("asked_to_wait" as const), first: fc.boolean(), retryAfterMs: fc.constantFrom(0, 10 * minuteMs, hourMs, 48 * hourMs) });
  const failing = fc.record({ answer: fc.constant("failed" as const), first: fc.boolean() });
  const succeeding = fc.record({ answer: fc.constant("ok" as const), first: fc.boolean() });
  const gone = fc.constant<ModelAttempt>({ answer: "gone", first: true });
  const failures = fc.array(fc.oneof({ weight: 6, arbitrary: failing }, { weight: 1, arbitrary: asked }), { minLength: 1, maxLength: 12 });
  const mixed = fc.array(fc.oneof({ weight: 4, arbitrary: failing }, { weight: 3, arbitrary: succeeding }, { weight: 2, arbitrary: asked }, { weight: 1, arbitrary: gone }), { minLength: 1, maxLength: 8 });
  const passMs = fc.constantFrom(10 * minuteMs, 7 * hourMs, 26 * hourMs, 72 * hourMs);
  const step = fc.record({ passMs, attempts: fc.oneof({ weight: 4, arbitrary: failures }, { weight: 1, arbitrary: mixed }) });
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => void (await compare(steps))), { numRuns: 100 });
});
