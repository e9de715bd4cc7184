import type { Platform } from "../../context.ts";
import { breakerThreshold, obeyedMs, tallyAttempts, type AttemptVerdict } from "../../domain/recovery.ts";
import { openBreaker } from "./breaker.ts";
import type { DeliveryResult } from "./delivery-store.ts";
import { disableEndpoint, tellRecovered } from "./endpoint-notices.ts";
import type { AttemptOutcome } from "./send.ts";

// While the breaker is open the row is the recovery's: attempts that were under way then change nothing.
const countSql = `
  WITH result AS (SELECT * FROM unnest($1::text[], $2::boolean[], $3::int[], $4::boolean[], $5::float8[]) AS r(id, reset, failures, asked, wait_ms))
  UPDATE webhook_endpoint ep
  SET consecutive_failures = CASE WHEN r.reset THEN 0 ELSE ep.consecutive_failures END + r.failures
        + CASE WHEN r.asked AND (ep.slow_until IS NULL OR ep.slow_until <= now()) THEN 1 ELSE 0 END,
      failing_since = CASE WHEN r.failures = 0 AND NOT r.asked THEN NULL WHEN r.reset THEN now() ELSE COALESCE(ep.failing_since, now()) END,
      slow_until = CASE WHEN r.wait_ms > 0 THEN GREATEST(ep.slow_until, now() + make_interval(secs => r.wait_ms / 1000)) ELSE ep.slow_until END
  FROM result r
  WHERE ep.id = r.id AND ep.enabled AND ep.status = 'healthy'
    AND (r.failures > 0 OR r.asked OR ep.consecutive_failures > 0 OR ep.failing_since IS NOT NULL OR ep.failure_warned_at IS NOT NULL)
  RETURNING ep.id, ep.tenant_id, ep.consecutive_failures, r.reset AND ep.failure_warned_at IS NOT NULL AS recovered, ep.slow_until > now() AS slow`;

/**
 * Keeps the count of an endpoint's failures in a row. A success begins it anew; eight open the breaker, and from then on the
 * endpoint is its recovery's. A receiver that says when to come back is left alone until then. 410 Gone disables at once.
 * Answers the endpoints that are to be left alone now.
 */
export async function noteEndpointHealth(platform: Platform, results: DeliveryResult[]): Promise<string[]> {
  const byEndpoint = new Map<string, DeliveryResult[]>();
  for (const result of results) byEndpoint.set(result.delivery.endpointId, [...(byEndpoint.get(result.delivery.endpointId) ?? []), result]);
  const leave: string[] = [];
  for (const [endpointId, [first, ...rest]] of byEndpoint) {
    if (first === undefined || ![first, ...rest].some(({ outcome }) => outcome.statusCode === 410)) continue;
    byEndpoint.delete(endpointId);
    leave.push(endpointId);
    await disableEndpoint(platform.db, first.delivery.tenantId, endpointId, "The endpoint answered 410 Gone.");
  }
  if (byEndpoint.size === 0) return leave;
  const tallies = [...byEndpoint.values()].map((all) => tallyAttempts(all.map(({ outcome }) => verdictOf(outcome))));
  const { rows } = await platform.db.pool.query<{ id: string; tenant_id: string; consecutive_failures: number; recovered: boolean; slow: boolean | null }>(countSql, [
    [...byEndpoint.keys()],
    tallies.map((tally) => tally.reset),
    tallies.map((tally) => tally.failures),
    tallies.map((tally) => tally.askedToWait),
    [...byEndpoint.values()].map((all) => Math.max(...all.map(({ outcome }) => obeyedMs(outcome.retryAfterMs)))),
  ]);
  for (const row of rows) {
    if (row.recovered) await platform.db.tenantTransaction(row.tenant_id, (tx) => tellRecovered(tx, row.tenant_id, row.id));
    if (row.consecutive_failures >= breakerThreshold) await openBreaker(platform, row.tenant_id, row.id);
    if (row.consecutive_failures >= breakerThreshold || row.slow === true) leave.push(row.id);
  }
  return leave;
}

function verdictOf(outcome: AttemptOutcome): AttemptVerdict {
  if (outcome.ok) return "ok";
  return outcome.retryAfterMs === undefined ? "failed" : "asked_to_wait";
}
