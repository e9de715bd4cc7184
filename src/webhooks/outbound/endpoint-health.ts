import type { Platform } from "../../context.ts";
import { breakerThreshold, obeyedMs, outageStage, tallyAttempts, type AttemptVerdict } from "../../domain/recovery.ts";
import { openBreaker } from "./breaker.ts";
import type { DeliveryResult } from "./delivery-store.ts";
import { disableAfterLongOutage, disableEndpoint, tellRecovered, warnOfFailure } from "./endpoint-notices.ts";

// While the breaker is open the row is the recovery's: attempts that were under way then change nothing.
const countSql = `
  WITH result AS (
    SELECT * FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::int[], $5::boolean[], $6::float8[]) AS r(id, reset, failing, failures, asked, wait_ms)
  )
  UPDATE webhook_endpoint ep
  SET consecutive_failures = CASE WHEN r.reset THEN 0 ELSE ep.consecutive_failures END + r.failures
        + CASE WHEN r.asked AND (ep.slow_until IS NULL OR ep.slow_until <= now()) THEN 1 ELSE 0 END,
      failing_since = CASE WHEN NOT r.failing THEN NULL WHEN r.reset THEN now() ELSE COALESCE(ep.failing_since, now()) END,
      slow_until = CASE WHEN r.wait_ms > 0 THEN GREATEST(ep.slow_until, now() + make_interval(secs => r.wait_ms / 1000)) ELSE ep.slow_until END
  FROM result r
  WHERE ep.id = r.id AND ep.enabled AND ep.status = 'healthy'
    AND (r.failing OR r.wait_ms > 0 OR ep.consecutive_failures > 0 OR ep.failing_since IS NOT NULL OR ep.failure_warned_at IS NOT NULL)
  RETURNING ep.id, ep.tenant_id, ep.consecutive_failures, r.reset AND ep.failure_warned_at IS NOT NULL AS recovered, ep.slow_until > now() AS slow,
    ep.failure_warned_at IS NOT NULL AS warned, (extract(epoch FROM now() - ep.failing_since) * 1000)::float8 AS failing_for_ms`;

interface CountedEndpoint {
  id: string;
  tenant_id: string;
  consecutive_failures: number;
  recovered: boolean;
  slow: boolean | null;
  warned: boolean;
  /** Null when it is well. */
  failing_for_ms: number | null;
}

/**
 * Keeps the count of an endpoint's failures in a row. A success begins it anew; enough of them open the breaker, and from
 * then on the endpoint is its recovery's. Where too little is sent for that, a day of failures warns the tenant and five
 * days of them disable it here. A receiver that says when to come back is left alone until then. 410 Gone disables at once.
 * Answers the endpoints that are to be left alone now.
 */
export async function noteEndpointHealth(platform: Platform, results: DeliveryResult[]): Promise<string[]> {
  const byEndpoint = Map.groupBy(results, ({ delivery }) => delivery.endpointId);
  const leave: string[] = [];
  for (const [endpointId, all] of byEndpoint) {
    const gone = all.find(({ outcome }) => outcome.statusCode === 410);
    if (gone === undefined) continue;
    byEndpoint.delete(endpointId);
    leave.push(endpointId);
    await disableEndpoint(platform.db, gone.delivery.tenantId, endpointId, "The endpoint answered 410 Gone.");
  }
  for (const endpoint of await countResults(platform, byEndpoint)) if (await actOn(platform, endpoint)) leave.push(endpoint.id);
  return leave;
}

async function countResults(platform: Platform, byEndpoint: Map<string, DeliveryResult[]>): Promise<CountedEndpoint[]> {
  if (byEndpoint.size === 0) return [];
  const tallies = [...byEndpoint.values()].map((all) => tallyAttempts(all.map(verdictOf)));
  const { rows } = await platform.db.hot.dispatch.query<CountedEndpoint>(countSql, [
    [...byEndpoint.keys()],
    tallies.map((tally) => tally.reset),
    tallies.map((tally) => tally.failing),
    tallies.map((tally) => tally.failures),
    tallies.map((tally) => tally.askedToWait),
    [...byEndpoint.values()].map((all) => Math.max(...all.map(({ outcome }) => obeyedMs(outcome.retryAfterMs)))),
  ]);
  return rows;
}

/** True when the endpoint is to be left alone now. */
async function actOn(platform: Platform, endpoint: CountedEndpoint): Promise<boolean> {
  const { id, tenant_id: tenantId } = endpoint;
  const { db } = platform;
  if (endpoint.recovered) await db.tenantTransaction(tenantId, (tx) => tellRecovered(tx, tenantId, id));
  const stage = outageStage(endpoint.failing_for_ms ?? 0);
  if (stage !== "young" && !endpoint.warned) await db.tenantTransaction(tenantId, (tx) => warnOfFailure(tx, tenantId, id));
  if (stage === "give_up" && (await disableAfterLongOutage(db, tenantId, id))) return true;
  if (endpoint.consecutive_failures < breakerThreshold) return endpoint.slow === true;
  await openBreaker(platform, tenantId, id);
  return true;
}

function verdictOf({ delivery, outcome }: DeliveryResult): AttemptVerdict {
  const answer = outcome.ok ? "ok" : outcome.retryAfterMs === undefined ? "failed" : "asked_to_wait";
  return { answer, first: delivery.attempts === 0 };
}
