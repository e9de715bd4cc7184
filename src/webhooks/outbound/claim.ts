import type pg from "pg";
import { leaseSeconds, type ClaimedDelivery } from "./delivery-store.ts";
import type { EndpointCards } from "./endpoint-cards.ts";
import { largeBytes } from "./large-payloads.ts";

/** An endpoint with a rate limit has a bucket: a tenth of the limit at once, and nine tenths in each second. No second ever sees more than the limit. */
export const bucket = { burstShare: 0.1, refillShare: 0.9 };

const endpointsAtOnce = 300;
const untriedPerEndpoint = 20;

const waiting = "d.shard = $1 AND d.status IN ('pending', 'retrying')";

/**
 * The walk steps from endpoint to endpoint through the index of what is due, so that a long queue of one is not read past on
 * the way to the others. Tenants take turns, then a tenant's endpoints; each gives its oldest. An endpoint with a rate limit
 * gives what its bucket holds: its row is locked meanwhile, and who finds it locked leaves it to the other.
 */
const claimSql = `
  WITH RECURSIVE walk(endpoint_id, n) AS (
    (SELECT d.endpoint_id, 1 FROM webhook_delivery d WHERE ${waiting} AND d.endpoint_id > $4 ORDER BY d.shard, d.endpoint_id LIMIT 1)
    UNION ALL
    SELECT next.endpoint_id, walk.n + 1
    FROM walk, LATERAL (SELECT d.endpoint_id FROM webhook_delivery d WHERE ${waiting} AND d.endpoint_id > walk.endpoint_id ORDER BY d.shard, d.endpoint_id LIMIT 1) next
    WHERE walk.n < ${endpointsAtOnce}
  ), open AS (
    SELECT ep.id, ep.tenant_id, ep.rate_limit, ep.xmin::text AS version
    FROM walk JOIN webhook_endpoint ep ON ep.id = walk.endpoint_id
    WHERE ep.enabled AND ep.deleted_at IS NULL AND ep.status = 'healthy' AND (ep.slow_until IS NULL OR ep.slow_until <= now()) AND ep.id <> ALL($5::text[])
  ), limited AS (
    SELECT ep.id, LEAST(GREATEST(1, ep.rate_limit * ${bucket.burstShare}),
      COALESCE(ep.rate_tokens, GREATEST(1, ep.rate_limit * ${bucket.burstShare})) + COALESCE(extract(epoch FROM clock_timestamp() - ep.rate_at), 0)::float8 * ep.rate_limit * ${bucket.refillShare}) AS tokens
    FROM webhook_endpoint ep
    WHERE ep.id IN (SELECT id FROM open WHERE rate_limit IS NOT NULL)
      AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE ${waiting} AND d.endpoint_id = ep.id AND d.next_attempt_at <= now())
    FOR UPDATE SKIP LOCKED
  ), ranked AS (
    SELECT open.id, open.version,
      CASE WHEN open.rate_limit IS NULL THEN CASE WHEN open.id = ANY($6::text[]) THEN $7::int ELSE LEAST($7::int, ${untriedPerEndpoint}) END
           ELSE LEAST($7::int, COALESCE(floor(limited.tokens), 0))::int END AS room
    FROM open LEFT JOIN limited ON limited.id = open.id
    ORDER BY row_number() OVER (PARTITION BY open.tenant_id ORDER BY random())
  ), due AS (
    SELECT one.place, ranked.version, one.endpoint_id
    FROM ranked, LATERAL (
      SELECT d.ctid AS place, d.endpoint_id FROM webhook_delivery d
      WHERE ${waiting} AND d.endpoint_id = ranked.id AND d.next_attempt_at <= now() AND (d.lease_until IS NULL OR d.lease_until < now())
      ORDER BY d.next_attempt_at LIMIT ranked.room FOR UPDATE SKIP LOCKED
    ) one
    LIMIT $2
  ), leased AS (
    UPDATE webhook_delivery d SET lease_until = now() + make_interval(secs => ${leaseSeconds}), lease_token = $3::uuid
    FROM due WHERE d.ctid = due.place
    RETURNING d.id, d.tenant_id, d.event_id, d.endpoint_id, d.attempts, due.version
  ), spent AS (
    UPDATE webhook_endpoint ep SET rate_tokens = limited.tokens - used.count, rate_at = clock_timestamp()
    FROM limited JOIN (SELECT endpoint_id, count(*) AS count FROM due GROUP BY endpoint_id) used ON used.endpoint_id = limited.id
    WHERE ep.id = limited.id
  )
  SELECT (SELECT max(endpoint_id) FROM walk HAVING count(*) = ${endpointsAtOnce}) AS walked_to, c.*
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT leased.*, e.type, (extract(epoch FROM e.created_at) * 1000)::float8 AS created_ms,
      CASE WHEN e.payload_bytes <= ${largeBytes} AND row_number() OVER (PARTITION BY leased.tenant_id, leased.event_id) = 1 THEN e.payload::text END AS data_json
    FROM leased JOIN webhook_event e ON e.tenant_id = leased.tenant_id AND e.id = leased.event_id
  ) c ON true`;

export interface Claim {
  shard: number;
  limit: number;
  leaseToken: string;
  /** Where the last claim's walk ended; it goes on from there. Empty begins anew. */
  after: string;
  /** Endpoints of which enough is held already. */
  busyEndpoints: string[];
  /** Endpoints that have shown to answer: the others give a few at a time. */
  movingEndpoints: string[];
  perEndpoint: number;
}

interface ClaimRow {
  walked_to: string | null;
  id: string | null;
  tenant_id: string;
  event_id: string;
  endpoint_id: string;
  attempts: number;
  version: string;
  type: string;
  created_ms: number;
  /** Of several deliveries of one event, one brings the payload, unless it is large. */
  data_json: string | null;
}

/** Leases due deliveries of a shard. `after` is where the next claim's walk begins. */
export async function claimDue(pool: pg.Pool, cards: EndpointCards, input: Claim): Promise<{ claimed: ClaimedDelivery[]; after: string }> {
  const { rows } = await pool.query<ClaimRow>({
    name: "claim_deliveries", text: claimSql,
    values: [input.shard, input.limit, input.leaseToken, input.after, input.busyEndpoints, input.movingEndpoints, input.perEndpoint],
  });
  const after = rows[0]?.walked_to ?? "";
  if (rows[0]?.id == null) return { claimed: [], after };
  await cards.bring(rows.map((row) => ({ id: row.endpoint_id, version: row.version })));
  const payloads = new Map<string, string>();
  for (const row of rows) if (row.data_json !== null) payloads.set(`${row.tenant_id} ${row.event_id}`, row.data_json);
  const claimed = rows.flatMap((row): ClaimedDelivery[] => {
    const card = cards.of(row.endpoint_id);
    if (card === undefined) return [];
    return [{
      ...card,
      id: row.id as string,
      tenantId: row.tenant_id,
      eventId: row.event_id,
      endpointId: row.endpoint_id,
      attempts: row.attempts,
      eventType: row.type,
      eventCreatedAt: new Date(row.created_ms),
      dataJson: payloads.get(`${row.tenant_id} ${row.event_id}`) ?? null,
      leaseToken: input.leaseToken,
    }];
  });
  return { claimed, after };
}
