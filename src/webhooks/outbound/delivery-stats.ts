import type { Database } from "../../db/client.ts";
import { findEndpoint } from "./endpoints.ts";

export const statsWindows = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 } as const;
export type StatsWindow = keyof typeof statsWindows;

export interface EndpointStats {
  window: StatsWindow;
  attempts: number;
  delivered: number;
  failed: number;
  /** Null without an attempt. */
  successRate: number | null;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  /** By HTTP status; "none" where no answer came. */
  byStatusCode: Record<string, number>;
  backlog: { pending: number; retrying: number; held: number };
  oldestWaitingAt: Date | null;
}

interface AttemptsRow {
  attempts: number;
  delivered: number;
  latencies: number[] | null;
  codes: Record<string, number> | null;
}

interface BacklogRow {
  pending: number;
  retrying: number;
  held: number;
  oldest: Date | null;
}

/** What an endpoint's attempts in the window came to, and what waits for it now. @throws AppError not_found */
export async function endpointStats(db: Database, tenantId: string, endpointId: string, window: StatsWindow): Promise<EndpointStats> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    await findEndpoint(tx, tenantId, endpointId);
    const [made] = await tx.$queryRaw<AttemptsRow[]>`
      WITH made AS MATERIALIZED (
        SELECT a.status_code, a.latency_ms, a.error FROM delivery_attempt a JOIN webhook_delivery d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id
        WHERE a.tenant_id = ${tenantId} AND a.at > now() - make_interval(hours => ${statsWindows[window]}::int) AND d.endpoint_id = ${endpointId}
      )
      SELECT count(*)::int AS attempts, count(*) FILTER (WHERE error IS NULL)::int AS delivered,
        percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency_ms) AS latencies,
        (SELECT json_object_agg(code, number) FROM (SELECT coalesce(status_code::text, 'none') AS code, count(*)::int AS number FROM made GROUP BY 1) counted) AS codes
      FROM made`;
    const [waiting] = await tx.$queryRaw<BacklogRow[]>`
      SELECT count(*) FILTER (WHERE status = 'pending')::int AS pending, count(*) FILTER (WHERE status = 'retrying')::int AS retrying,
        count(*) FILTER (WHERE status = 'held')::int AS held, min(created_at) AS oldest
      FROM webhook_delivery WHERE tenant_id = ${tenantId} AND endpoint_id = ${endpointId} AND status IN ('pending', 'retrying', 'held')`;
    const { attempts, delivered, latencies, codes } = made ?? { attempts: 0, delivered: 0, latencies: null, codes: null };
    const [p50 = null, p95 = null, p99 = null] = latencies ?? [];
    return {
      window, attempts, delivered, failed: attempts - delivered, successRate: attempts === 0 ? null : delivered / attempts,
      latencyMs: { p50, p95, p99 }, byStatusCode: codes ?? {},
      backlog: { pending: waiting?.pending ?? 0, retrying: waiting?.retrying ?? 0, held: waiting?.held ?? 0 },
      oldestWaitingAt: waiting?.oldest ?? null,
    };
  });
}
