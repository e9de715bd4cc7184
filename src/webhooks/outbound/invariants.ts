import type pg from "pg";
import type { Caller, Platform } from "../../context.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import type { DeliveryCheck } from "../../domain/processes.ts";
import { newId } from "../../lib/ids.ts";
import { notifyDueSql } from "./due-channel.ts";

/**
 * What outbound deliveries and the inbound relay promise whatever fails, checked every minute by a schedule. A breach is a defect of ours:
 * it is repaired where that is safe, and it is always told.
 */

const system: Caller = { actor: { type: "system" }, sourceIp: null, requestId: null };
const maxRepairs = 1_000;

export async function checkInvariants(platform: Platform): Promise<DeliveryCheck> {
  const { db, logger, clock } = platform;
  const { upkeep } = db.hot;
  const check: DeliveryCheck = {
    checkedAt: clock.now().toISOString(),
    stalled: await wakeStalled(upkeep, platform.config.webhookShards),
    unrouted: await routeUnrouted(upkeep),
    miscounted: await countMiscounted(upkeep),
    unrelayed: await countUnrelayed(upkeep),
  };
  const { checkedAt: _checkedAt, ...counts } = check;
  const breaches = Object.entries(counts).filter(([, count]) => count > 0);
  if (breaches.length === 0) return check;
  logger.error(counts, "what webhooks promise was broken");
  await db.transaction(async (tx) => {
    for (const [name, count] of breaches) {
      await recordAudit(tx, null, system, { action: "invariant.breached", subjectType: "invariant", subjectId: name, after: { count, repaired: name === "stalled" || name === "unrouted" } });
    }
  });
  return check;
}

/**
 * Due for more than a minute, and no worker holds it. A backlog may wait while some of it moves: a slow receiver or a
 * limited one is no breach, a shard that nobody drains is. An ordered endpoint is judged by the first that waits.
 */
async function wakeStalled(pool: pg.Pool, shards: number): Promise<number> {
  const { rows } = await pool.query<{ shard: number; count: number }>(
    `WITH moving AS MATERIALIZED (
      SELECT DISTINCT d.endpoint_id, d.shard
      FROM tenant t JOIN delivery_attempt a ON a.tenant_id = t.id AND a.at > now() - interval '1 minute' JOIN webhook_delivery d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id
    ), stalled AS MATERIALIZED (
      SELECT d.tenant_id, d.id, d.shard FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
      WHERE d.status IN ('pending', 'retrying') AND d.next_attempt_at < now() - interval '1 minute' AND d.shard >= 0 AND d.shard < $1
        AND (d.lease_until IS NULL OR d.lease_until < now())
        AND ep.enabled AND ep.deleted_at IS NULL AND ep.status = 'healthy' AND (ep.slow_until IS NULL OR ep.slow_until < now())
        AND NOT EXISTS (SELECT 1 FROM moving m WHERE m.endpoint_id = d.endpoint_id AND m.shard = d.shard)
        AND (NOT ep.ordered OR NOT EXISTS (
          SELECT 1 FROM webhook_delivery first WHERE first.endpoint_id = d.endpoint_id AND first.status IN ('pending', 'retrying') AND first.id < d.id))
    ), freed AS (
      UPDATE webhook_delivery d SET lease_until = NULL, lease_token = NULL FROM stalled WHERE d.tenant_id = stalled.tenant_id AND d.id = stalled.id AND d.lease_until < now()
    )
    SELECT shard, count(*)::int AS count FROM stalled GROUP BY shard`,
    [shards],
  );
  await wake(pool, rows);
  return rows.reduce((sum, row) => sum + row.count, 0);
}

interface Unrouted {
  tenant_id: string;
  event_id: string;
  endpoint_id: string;
  shard: number;
}

/**
 * Events of the last hour that an endpoint should have had. An endpoint that was changed since may have wanted something
 * else then, and one with channels or a filter cannot be judged by types: those are left alone.
 */
async function routeUnrouted(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<Unrouted>(
    `SELECT e.tenant_id, e.id AS event_id, ep.id AS endpoint_id, ep.shard
    FROM webhook_endpoint ep JOIN webhook_event e ON e.tenant_id = ep.tenant_id
    WHERE ep.enabled AND ep.deleted_at IS NULL AND cardinality(ep.channels) = 0 AND ep.filter IS NULL
      AND e.created_at > now() - interval '1 hour' AND e.created_at < now() - interval '1 minute'
      AND ep.created_at < e.created_at AND ep.updated_at < e.created_at - interval '1 minute' AND e.only_endpoint_id IS NULL
      -- What tells of an endpoint's own deliveries does not go there.
      AND e.type NOT LIKE 'delivery.%'
      AND (cardinality(ep.event_types) = 0 OR ep.event_types && ARRAY[e.type, split_part(e.type, '.', 1) || '.*', '*'])
      AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant_id = e.tenant_id AND d.event_id = e.id AND d.endpoint_id = ep.id)
    ORDER BY e.created_at LIMIT ${maxRepairs}`,
  );
  if (rows.length === 0) return 0;
  await pool.query(
    `INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.*, 'pending', now() FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[]) AS t
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING`,
    [rows.map(() => newId("dlv")), rows.map((row) => row.tenant_id), rows.map((row) => row.event_id), rows.map((row) => row.endpoint_id), rows.map((row) => row.shard)],
  );
  await wake(pool, rows);
  return rows.length;
}

/** Deliveries that ended in the last hour: each attempt that was counted must have been recorded. Nothing can be repaired. */
async function countMiscounted(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM webhook_delivery d
     WHERE d.status IN ('delivered', 'failed', 'expired', 'cancelled') AND d.updated_at > now() - interval '1 hour'
       AND d.attempts <> (SELECT count(*) FROM delivery_attempt a WHERE a.delivery_id = d.id)`,
  );
  return rows[0]?.count ?? 0;
}

/** While Temporal is away news wait; it was there to start this check, and the relay comes first to what waits longest. */
async function countUnrelayed(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM inbound_event WHERE status = 'received' AND next_relay_at < now() - interval '5 minutes' AND (lease_until IS NULL OR lease_until < now())",
  );
  return rows[0]?.count ?? 0;
}

/** Were it lost, the dispatchers would find the rows by themselves a moment later. */
async function wake(pool: pg.Pool, rows: { shard: number }[]): Promise<void> {
  if (rows.length > 0) await pool.query(notifyDueSql, [[...new Set(rows.map((row) => row.shard))]]);
}
