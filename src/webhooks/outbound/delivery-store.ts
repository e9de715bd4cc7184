import type pg from "pg";
import { newId } from "../../lib/ids.ts";
import type { PayloadMode } from "./content.ts";
import type { AttemptOutcome } from "./send.ts";

/** A delivery that this worker holds the lease of, with all that an attempt needs. */
export interface ClaimedDelivery {
  id: string;
  tenantId: string;
  eventId: string;
  endpointId: string;
  /** Attempts made before this one. */
  attempts: number;
  eventType: string;
  eventCreatedAt: Date;
  dataJson: string;
  url: string;
  headers: Record<string, string>;
  /** Sealed; null when there are none. */
  secretHeaders: Buffer | null;
  payloadMode: PayloadMode;
  secret: Buffer;
  previousSecret: Buffer | null;
  retryScheduleSeconds: number[];
  leaseToken: string;
  /** The endpoint's last attempts failed: a success is news then. */
  endpointFailing: boolean;
}

export interface DeliveryResult {
  delivery: ClaimedDelivery;
  at: Date;
  outcome: AttemptOutcome;
  status: "delivered" | "retrying" | "failed" | "held";
  waitMs: number | null;
}

/** A lease outlives the renewal by far, and is short enough that a killed worker's rows are taken over within seconds. */
export const leaseSeconds = 10;

/** What every claim returns of delivery d, event e and endpoint ep; `toClaimed` reads it. */
export const claimedColumns = `
    d.id, d.tenant_id, d.event_id, d.endpoint_id, d.attempts, e.type, e.created_at, e.payload::text AS data_json,
    ep.url, ep.headers, ep.secret_headers, ep.payload_mode, ep.secret, ep.failing_since IS NOT NULL AS endpoint_failing,
    CASE WHEN ep.previous_secret_until > now() THEN ep.previous_secret END AS previous_secret, ep.retry_schedule`;

const claimSql = `
  WITH scanned AS MATERIALIZED (
    SELECT d.id, d.endpoint_id, d.next_attempt_at FROM webhook_delivery d
    WHERE d.shard = $1 AND d.status IN ('pending', 'retrying') AND d.next_attempt_at <= now()
      AND (d.lease_until IS NULL OR d.lease_until < now()) AND d.endpoint_id <> ALL($4::text[])
      AND d.endpoint_id <> ALL(ARRAY(SELECT id FROM webhook_endpoint WHERE shard = $1 AND enabled AND (status = 'degraded' OR slow_until > now())))
    ORDER BY d.next_attempt_at LIMIT 1000
  ), ranked AS (
    SELECT s.id, row_number() OVER (PARTITION BY s.endpoint_id ORDER BY s.next_attempt_at, s.id) AS place
    FROM scanned s JOIN webhook_endpoint ep ON ep.id = s.endpoint_id WHERE ep.enabled AND ep.deleted_at IS NULL
  ), due AS (
    SELECT d.id FROM webhook_delivery d
    WHERE d.id = ANY(ARRAY(SELECT id FROM ranked WHERE place <= $5 ORDER BY place LIMIT $2))
      AND d.status IN ('pending', 'retrying') AND (d.lease_until IS NULL OR d.lease_until < now())
    FOR UPDATE SKIP LOCKED
  )
  UPDATE webhook_delivery d
  SET lease_until = now() + make_interval(secs => ${leaseSeconds}), lease_token = $3::uuid
  FROM due, webhook_event e, webhook_endpoint ep
  WHERE d.id = due.id AND e.tenant_id = d.tenant_id AND e.id = d.event_id AND ep.id = d.endpoint_id
  RETURNING ${claimedColumns}`;

/** Leases due deliveries of a shard, at most `perEndpoint` of one endpoint, none of the endpoints that are busy already. */
export async function claimDue(
  pool: pg.Pool,
  input: { shard: number; limit: number; leaseToken: string; busyEndpoints: string[]; perEndpoint: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await pool.query({ name: "claim_deliveries", text: claimSql, values: [input.shard, input.limit, input.leaseToken, input.busyEndpoints, input.perEndpoint] });
  return rows.map((row) => toClaimed(row, input.leaseToken));
}

// oxlint-disable-next-line typescript/no-explicit-any
export function toClaimed(row: any, leaseToken: string): ClaimedDelivery {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    attempts: row.attempts,
    eventType: row.type,
    eventCreatedAt: row.created_at,
    dataJson: row.data_json,
    url: row.url,
    headers: row.headers,
    secretHeaders: row.secret_headers,
    payloadMode: row.payload_mode,
    secret: row.secret,
    previousSecret: row.previous_secret,
    retryScheduleSeconds: row.retry_schedule,
    leaseToken,
    endpointFailing: row.endpoint_failing,
  };
}

/** One statement for all rows in flight. Rows whose lease was lost keep whatever their new owner wrote. */
export async function renewLeases(pool: pg.Pool, leaseToken: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await pool.query(
    `UPDATE webhook_delivery SET lease_until = now() + make_interval(secs => ${leaseSeconds}) WHERE id = ANY($1::text[]) AND lease_token = $2::uuid`,
    [ids, leaseToken],
  );
}

/** Hands rows back that were claimed and not sent: they are due at once for the next worker. */
export async function releaseLeases(pool: pg.Pool, leaseToken: string): Promise<void> {
  await pool.query("UPDATE webhook_delivery SET lease_until = NULL, lease_token = NULL WHERE lease_token = $1::uuid", [leaseToken]);
}

const resultsSql = `
  WITH result AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::float8[], $5::int[], $6::text[], $7::timestamptz[], $8::int[], $9::text[], $10::text[])
      AS r(id, lease_token, status, wait_ms, status_code, error, at, latency_ms, response_body, attempt_id)
  ), written AS (
    UPDATE webhook_delivery d
    SET status = r.status, attempts = d.attempts + 1,
        next_attempt_at = CASE WHEN r.wait_ms IS NULL THEN NULL ELSE now() + make_interval(secs => r.wait_ms / 1000) END,
        lease_until = NULL, lease_token = NULL, last_status_code = r.status_code, last_error = r.error, updated_at = now(),
        delivered_at = CASE WHEN r.status = 'delivered' THEN r.at END
    FROM result r WHERE d.id = r.id AND d.lease_token = r.lease_token
    RETURNING d.id, d.tenant_id, d.attempts
  )
  INSERT INTO delivery_attempt (id, tenant_id, delivery_id, number, at, status_code, latency_ms, response_body, error)
  SELECT r.attempt_id, w.tenant_id, w.id, w.attempts, r.at, r.status_code, r.latency_ms, r.response_body, r.error
  FROM written w JOIN result r ON r.id = w.id`;

/** Writes many results in one statement. The lease token guards every row: a late worker cannot overwrite its successor. */
export async function writeResults(pool: pg.Pool, results: DeliveryResult[]): Promise<void> {
  await pool.query({ name: "write_results", text: resultsSql, values: [
    results.map((result) => result.delivery.id),
    results.map((result) => result.delivery.leaseToken),
    results.map((result) => result.status),
    results.map((result) => result.waitMs),
    results.map((result) => result.outcome.statusCode),
    results.map((result) => result.outcome.error ?? (result.outcome.ok ? null : "status")),
    results.map((result) => result.at),
    results.map((result) => result.outcome.latencyMs),
    results.map((result) => result.outcome.responseBody),
    results.map(() => newId("att")),
  ] });
}
