import type pg from "pg";
import type { AttemptOutcome } from "./send.ts";
import type { EndpointCard } from "./endpoint-cards.ts";

/** A delivery that this worker holds the lease of, with all that an attempt needs. */
export interface ClaimedDelivery extends EndpointCard {
  id: string;
  tenantId: string;
  eventId: string;
  endpointId: string;
  /** Attempts made before this one. */
  attempts: number;
  eventType: string;
  eventCreatedAt: Date;
  /** Null when it is large: it is read when it is sent. */
  dataJson: string | null;
  leaseToken: string;
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

/** By the table's key; what else the statements know of the row is checked after it was found. */
type Leased = Pick<ClaimedDelivery, "tenantId" | "id">;

function keysOf(rows: readonly Leased[]): [tenantIds: string[], ids: string[]] {
  return [rows.map((row) => row.tenantId), rows.map((row) => row.id)];
}

const ofKeys = "FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id) WHERE d.tenant_id = k.tenant_id AND d.id = k.id AND d.lease_token = $3::uuid";

/** One statement for all rows in flight. Rows whose lease was lost keep whatever their new owner wrote. */
export async function renewLeases(pool: pg.Pool, leaseToken: string, rows: readonly Leased[]): Promise<void> {
  if (rows.length === 0) return;
  await pool.query({
    name: "renew_leases", text: `UPDATE webhook_delivery d SET lease_until = now() + make_interval(secs => ${leaseSeconds}) ${ofKeys}`, values: [...keysOf(rows), leaseToken],
  });
}

/** Hands rows back that were claimed and not sent: whoever looks next finds them without a lease. */
export async function releaseLeases(pool: pg.Pool, leaseToken: string, rows: readonly Leased[]): Promise<void> {
  if (rows.length === 0) return;
  await pool.query({ name: "release_leases", text: `UPDATE webhook_delivery d SET lease_until = NULL, lease_token = NULL ${ofKeys}`, values: [...keysOf(rows), leaseToken] });
}

const resultsSql = `
  WITH result AS (
    SELECT * FROM unnest($1::text[], $2::text[], $4::text[], $5::float8[], $6::int[], $7::text[], $8::float8[], $9::int[], $10::text[])
      AS r(tenant_id, id, status, wait_ms, status_code, error, at_ms, latency_ms, response_body)
  ), written AS (
    UPDATE webhook_delivery d
    SET status = r.status, attempts = d.attempts + 1,
        next_attempt_at = CASE WHEN r.wait_ms IS NULL THEN NULL ELSE now() + make_interval(secs => r.wait_ms / 1000) END,
        lease_until = NULL, lease_token = NULL, last_status_code = r.status_code, last_error = r.error, updated_at = now(),
        delivered_at = CASE WHEN r.status = 'delivered' THEN to_timestamp(r.at_ms / 1000) END
    FROM result r WHERE d.tenant_id = r.tenant_id AND d.id = r.id AND d.lease_token = $3::uuid
    RETURNING d.tenant_id, d.id, d.attempts, r.status, r.at_ms, r.status_code, r.latency_ms, r.response_body, r.error
  ), recorded AS (
    INSERT INTO delivery_attempt (tenant_id, delivery_id, number, at, status_code, latency_ms, response_body, error)
    SELECT tenant_id, id, attempts, to_timestamp(at_ms / 1000), status_code, latency_ms, response_body, error FROM written
  )
  SELECT id, attempts FROM written WHERE status = 'failed'`;

/**
 * Writes many results of one lease token in one statement. The token guards every row: a late worker cannot overwrite its
 * successor. Answers the attempts made of those that failed for good.
 */
export async function writeResults(client: pg.Pool | pg.PoolClient, results: DeliveryResult[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; attempts: number }>({
    name: "write_results",
    text: resultsSql,
    values: [
      ...keysOf(results.map((result) => result.delivery)),
      results[0]?.delivery.leaseToken,
      results.map((result) => result.status),
      results.map((result) => result.waitMs),
      results.map((result) => result.outcome.statusCode),
      results.map((result) => result.outcome.error ?? (result.outcome.ok ? null : "status")),
      results.map((result) => result.at.getTime()),
      results.map((result) => result.outcome.latencyMs),
      results.map((result) => result.outcome.responseBody),
    ],
  });
  return new Map(rows.map((row) => [row.id, row.attempts]));
}
