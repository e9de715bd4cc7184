import type pg from "pg";

export interface ClaimedNews {
  tenantId: string;
  id: string;
  type: string;
  /** The run that made the object. */
  workflowId: string;
}

export interface Claim {
  news: ClaimedNews[];
  /** How many of those that were looked at wait for their owner, or were parked. */
  ownerless: number;
}

/** The wait doubles from one second to five minutes. */
const nextTry = "now() + make_interval(secs => LEAST(300, 2 ^ LEAST(e.relay_attempts, 9)))";

// Whoever waits longest comes first, and with it everything that waits for the same owner, also what was put off: later news
// of an owner never overtakes earlier. An owner whose news somebody else holds at the moment is passed over. What nobody has
// claimed is not leased: it waits on, and in the end is parked.
const claimSql = `
  WITH overdue AS MATERIALIZED (
    SELECT integration_id, about_kind, about_ref, next_relay_at FROM inbound_event
    WHERE status = 'received' AND next_relay_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_relay_at LIMIT $1
  ), owners AS MATERIALIZED (
    SELECT o.integration_id, o.about_kind, o.about_ref, r.workflow_id
    FROM (SELECT integration_id, about_kind, about_ref FROM overdue GROUP BY 1, 2, 3 ORDER BY min(next_relay_at) LIMIT $2) o
    LEFT JOIN external_reference r ON r.integration_id = o.integration_id AND r.kind = o.about_kind AND r.reference = o.about_ref
    WHERE NOT EXISTS (
      SELECT FROM inbound_event h WHERE h.status = 'received' AND h.integration_id = o.integration_id AND h.about_kind = o.about_kind AND h.about_ref = o.about_ref AND h.lease_until >= now())
    ORDER BY 1, 2, 3
  ), due AS (
    SELECT e.tenant_id, e.id, o.workflow_id FROM owners o CROSS JOIN LATERAL (
      SELECT w.tenant_id, w.id FROM inbound_event w
      WHERE w.status = 'received' AND w.integration_id = o.integration_id AND w.about_kind = o.about_kind AND w.about_ref = o.about_ref
        AND (w.lease_until IS NULL OR w.lease_until < now()) AND (o.workflow_id IS NOT NULL OR w.next_relay_at <= now())
      ORDER BY w.id LIMIT $3 FOR UPDATE) e
  )
  UPDATE inbound_event e SET
    lease_until = CASE WHEN d.workflow_id IS NOT NULL THEN now() + make_interval(secs => $5) END,
    lease_token = CASE WHEN d.workflow_id IS NOT NULL THEN $4::uuid END,
    relay_attempts = e.relay_attempts + CASE WHEN d.workflow_id IS NULL THEN 1 ELSE 0 END,
    next_relay_at = CASE WHEN d.workflow_id IS NOT NULL THEN e.next_relay_at WHEN e.relay_attempts < $6 THEN ${nextTry} END,
    status = CASE WHEN d.workflow_id IS NULL AND e.relay_attempts >= $6 THEN 'parked' ELSE e.status END,
    reason = CASE WHEN d.workflow_id IS NULL AND e.relay_attempts >= $6 THEN 'no process owns the object that it is about' ELSE e.reason END
  FROM due d WHERE e.tenant_id = d.tenant_id AND e.id = d.id
  RETURNING e.tenant_id, e.id, e.type, e.occurred_at, d.workflow_id`;

export interface ClaimLimits {
  owners: number;
  newsPerOwner: number;
  leaseSeconds: number;
  /** How often news without an owner are looked at before they are parked. */
  parkAfterAttempts: number;
}

interface ClaimRow {
  tenant_id: string;
  id: string;
  type: string;
  occurred_at: Date | null;
  workflow_id: string | null;
}

/** In the order in which the news happened, and of one moment in the order in which they came. */
export async function claimNews(pool: pg.Pool, leaseToken: string, limits: ClaimLimits): Promise<Claim> {
  const overdue = limits.owners * 10;
  const { rows } = await pool.query<ClaimRow>({ name: "claim_news", text: claimSql, values: [overdue, limits.owners, limits.newsPerOwner, leaseToken, limits.leaseSeconds, limits.parkAfterAttempts] });
  const owned = rows.filter((row) => row.workflow_id !== null);
  const when = (row: ClaimRow): number => row.occurred_at?.getTime() ?? 0;
  owned.sort((a, b) => when(a) - when(b) || (a.id < b.id ? -1 : 1));
  const news = owned.map((row) => ({ tenantId: row.tenant_id, id: row.id, type: row.type, workflowId: row.workflow_id as string }));
  return { news, ownerless: rows.length - owned.length };
}

export interface ProcessedNews {
  news: ClaimedNews;
  /** Why nobody was told; null when the run was. */
  reason: string | null;
}

export async function markProcessed(pool: pg.Pool, leaseToken: string, done: ProcessedNews[]): Promise<void> {
  if (done.length === 0) return;
  await pool.query({
    name: "news_processed",
    text: `UPDATE inbound_event e SET status = 'processed', reason = COALESCE(g.reason, e.reason), workflow_id = g.workflow_id, processed_at = now(), next_relay_at = NULL, lease_until = NULL, lease_token = NULL
      FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS g(tenant_id, id, workflow_id, reason)
      WHERE e.tenant_id = g.tenant_id AND e.id = g.id AND e.lease_token = $1::uuid`,
    values: [leaseToken, done.map(({ news }) => news.tenantId), done.map(({ news }) => news.id), done.map(({ news }) => news.workflowId), done.map(({ reason }) => reason)],
  });
}

/** Tries again later. */
export async function postpone(pool: pg.Pool, leaseToken: string, news: ClaimedNews[]): Promise<void> {
  await changeHeld(pool, leaseToken, news, `relay_attempts = e.relay_attempts + 1, next_relay_at = ${nextTry}`);
}

/** Hands them back as they were: not their fault. */
export async function release(pool: pg.Pool, leaseToken: string, news: ClaimedNews[]): Promise<void> {
  await changeHeld(pool, leaseToken, news, "next_relay_at = e.next_relay_at");
}

async function changeHeld(pool: pg.Pool, leaseToken: string, news: ClaimedNews[], set: string): Promise<void> {
  if (news.length === 0) return;
  await pool.query(
    `UPDATE inbound_event e SET ${set}, lease_until = NULL, lease_token = NULL
     FROM unnest($2::text[], $3::text[]) AS g(tenant_id, id) WHERE e.tenant_id = g.tenant_id AND e.id = g.id AND e.lease_token = $1::uuid`,
    [leaseToken, news.map((one) => one.tenantId), news.map((one) => one.id)],
  );
}
