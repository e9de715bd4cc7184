import type pg from "pg";
import { lastDrainRate } from "../../domain/recovery.ts";
import { leaseSeconds, type ClaimedDelivery } from "./delivery-store.ts";
import { EndpointCards } from "./endpoint-cards.ts";
import { largeBytes } from "./large-payloads.ts";

const noLiveLease = "(d.lease_until IS NULL OR d.lease_until < now())";

const claimHeldSql = `
  WITH oldest AS (
    SELECT d.tenant_id, d.id FROM webhook_delivery d
    WHERE d.endpoint_id = $1 AND d.status = 'held' AND ${noLiveLease} AND ($4::text IS NULL OR d.id = $4)
    ORDER BY d.id LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  UPDATE webhook_delivery d
  SET lease_until = now() + make_interval(secs => ${leaseSeconds}), lease_token = $3::uuid
  FROM oldest, webhook_event e, webhook_endpoint ep
  WHERE d.tenant_id = oldest.tenant_id AND d.id = oldest.id AND e.tenant_id = d.tenant_id AND e.id = d.event_id AND ep.id = d.endpoint_id AND ep.status = 'degraded' AND ep.enabled
  RETURNING d.id, d.tenant_id, d.event_id, d.attempts, e.type, e.created_at, CASE WHEN e.payload_bytes <= ${largeBytes} THEN e.payload::text END AS data_json`;

interface HeldRow {
  id: string;
  tenant_id: string;
  event_id: string;
  attempts: number;
  type: string;
  created_at: Date;
  data_json: string | null;
}

/** Leases the oldest held deliveries of an endpoint whose breaker is open, oldest first; or the one that a person asked for. */
export async function claimHeld(pool: pg.Pool, input: { endpointId: string; limit: number; leaseToken: string; deliveryId?: string | undefined }): Promise<ClaimedDelivery[]> {
  const { endpointId, leaseToken } = input;
  const { rows } = await pool.query<HeldRow>(claimHeldSql, [endpointId, input.limit, leaseToken, input.deliveryId ?? null]);
  const cards = new EndpointCards(pool);
  await cards.bring([{ id: endpointId, version: "" }]);
  const card = cards.of(endpointId);
  if (card === undefined) return [];
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((row) => ({
    ...card, endpointFailing: true, id: row.id, tenantId: row.tenant_id, eventId: row.event_id, endpointId, attempts: row.attempts,
    eventType: row.type, eventCreatedAt: row.created_at, dataJson: row.data_json, leaseToken,
  }));
}

export async function countHeld(pool: pg.Pool, endpointId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>("SELECT count(*)::int AS count FROM webhook_delivery WHERE endpoint_id = $1 AND status = 'held'", [endpointId]);
  return rows[0]?.count ?? 0;
}

/** What is due for a receiver that named a time to come back is due then: the dispatcher need not look past it again and again. */
export async function postponeSlow(pool: pg.Pool, shard: number): Promise<void> {
  await pool.query(
    `UPDATE webhook_delivery d SET next_attempt_at = ep.slow_until, updated_at = now()
     FROM webhook_endpoint ep
     WHERE ep.shard = $1 AND ep.slow_until > now() AND ep.status = 'healthy' AND d.endpoint_id = ep.id
       AND d.shard = $1 AND d.status IN ('pending', 'retrying') AND d.next_attempt_at <= now() AND ${noLiveLease}`,
    [shard],
  );
}

/** New deliveries of endpoints whose breaker is open join the held ones. The share lock keeps a recovery from ending in between. */
export async function holdArrivals(pool: pg.Pool, shard: number): Promise<void> {
  await pool.query(
    `WITH sick AS (SELECT id FROM webhook_endpoint WHERE shard = $1 AND status = 'degraded' AND enabled FOR SHARE SKIP LOCKED)
     UPDATE webhook_delivery d SET status = 'held', next_attempt_at = NULL, updated_at = now()
     FROM sick WHERE d.endpoint_id = sick.id AND d.shard = $1 AND d.status IN ('pending', 'retrying') AND ${noLiveLease}`,
    [shard],
  );
}

/** What waited past its deadline (seven days, unless it has one of its own) is given up where everybody sees it. */
export async function expireOverdue(pool: pg.Pool, shard: number): Promise<void> {
  // Two statements, because the due index knows the one by shard and the parked index the other by endpoint.
  for (const waiting of ["d.shard = $1 AND d.status IN ('pending', 'retrying')", "d.status = 'held'"]) {
    await pool.query(
      `UPDATE webhook_delivery d SET status = 'expired', next_attempt_at = NULL, lease_until = NULL, lease_token = NULL, updated_at = now()
       FROM webhook_endpoint ep
       WHERE ep.shard = $1 AND d.endpoint_id = ep.id AND ${waiting} AND COALESCE(d.expires_at, d.created_at + interval '7 days') <= now() AND ${noLiveLease}`,
      [shard],
    );
  }
}

/** What was accepted or retried while a person disabled or deleted its endpoint follows what waited there before. */
export async function settleClosed(pool: pg.Pool, shard: number): Promise<void> {
  await pool.query(
    `UPDATE webhook_delivery d SET status = CASE WHEN ep.deleted_at IS NULL THEN 'held' ELSE 'cancelled' END, next_attempt_at = NULL, updated_at = now()
     FROM webhook_endpoint ep
     WHERE ep.shard = $1 AND NOT ep.enabled AND d.shard = $1 AND d.endpoint_id = ep.id AND d.status IN ('pending', 'retrying') AND ${noLiveLease}`,
    [shard],
  );
}

/** So many held deliveries of a shard go back to the dispatcher at once: as many as a round sends at the last rate of a recovery. */
export const releasedAtOnce = 20_000;

/** Nothing is held at an endpoint that is well: the rest of a long queue, and whatever else was left so, goes on within a minute or two. */
export async function releaseStranded(pool: pg.Pool, shard: number): Promise<void> {
  await pool.query(
    `WITH stranded AS (
       SELECT d.tenant_id, d.id, row_number() OVER (PARTITION BY d.endpoint_id ORDER BY d.id) - 1 AS place
       FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
       WHERE d.shard = $1 AND d.status = 'held' AND d.updated_at < now() - interval '1 minute' AND ${noLiveLease}
         AND ep.status = 'healthy' AND ep.enabled AND ep.deleted_at IS NULL
       ORDER BY place LIMIT ${releasedAtOnce}
     )
     UPDATE webhook_delivery d SET status = 'pending', next_attempt_at = now() + make_interval(secs => stranded.place / ${lastDrainRate}::float8), updated_at = now()
     FROM stranded WHERE d.tenant_id = stranded.tenant_id AND d.id = stranded.id AND d.status = 'held'`,
    [shard],
  );
}

/** Endpoints with an open breaker whose run closed over a minute ago or may be gone; a few at a time, so that each has its turn. */
export async function findUnattended(pool: pg.Pool, shard: number): Promise<{ tenantId: string; endpointId: string }[]> {
  const { rows } = await pool.query<{ tenant_id: string; id: string }>(
    `SELECT ep.tenant_id, ep.id FROM webhook_endpoint ep LEFT JOIN run ON run.subject_id = ep.id AND run.kind = 'webhook_recovery' AND run.tenant_id = ep.tenant_id
     WHERE ep.shard = $1 AND ep.status = 'degraded' AND ep.enabled AND ep.deleted_at IS NULL AND ep.updated_at < now() - interval '1 minute'
       AND (run.workflow_id IS NULL OR run.updated_at < now() - interval '1 minute')
     ORDER BY random() LIMIT 20`,
    [shard],
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, endpointId: row.id }));
}
