import type pg from "pg";
import type { Platform } from "../../context.ts";
import { newId } from "../../lib/ids.ts";
import type { News } from "../../providers/contract.ts";

export interface InboundOrigin {
  tenantId: string;
  integrationId: string;
  provider: string;
  sourceIp: string | null;
}

/** The channel on which the relay hears that news came. */
export const inboundChannel = "inbound_due";

const insertSql = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[])
      AS g(id, external_id, type, about_kind, about_ref, occurred_at, body)
  ), written AS (
    INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, type, status, reason, about_kind, about_ref, occurred_at, body, source_ip, next_relay_at, processed_at)
    SELECT DISTINCT ON (external_id) id, $8, $9, $10, external_id, type,
      CASE WHEN about_ref IS NULL THEN 'processed' ELSE 'received' END,
      CASE WHEN about_ref IS NULL THEN 'no process waits for this kind of event' END,
      about_kind, about_ref, occurred_at, body, $11,
      CASE WHEN about_ref IS NOT NULL THEN now() END, CASE WHEN about_ref IS NULL THEN now() END
    FROM given
    ON CONFLICT (integration_id, external_id) DO UPDATE SET duplicates = inbound_event.duplicates + 1
    RETURNING status
  )
  SELECT pg_notify('${inboundChannel}', '0') FROM written WHERE status = 'received' LIMIT 1`;

/** One statement: new news are written, repeated ones counted on their first row, the relay is woken. */
export async function recordNews(platform: Platform, origin: InboundOrigin, news: News[], body: Buffer): Promise<void> {
  if (news.length === 0) return;
  const ids = news.map(() => newId("inb"));
  const sealed = await platform.vault.seal({ tenantId: origin.tenantId, table: "inbound_event", column: "body", id: ids[0] as string }, body);
  await platform.db.pool.query(insertSql, [
    ids,
    news.map((item) => item.externalId),
    news.map((item) => item.type),
    news.map((item) => item.about?.kind ?? null),
    news.map((item) => item.about?.reference ?? null),
    news.map((item) => item.occurredAt),
    news.map((_, index) => (index === 0 ? sealed : null)),
    origin.tenantId,
    origin.integrationId,
    origin.provider,
    origin.sourceIp,
  ]);
}

/** Who was refused, when, from where and why; nothing of what was sent. */
export async function recordRejection(platform: Platform, origin: InboundOrigin, reason: string): Promise<void> {
  const id = newId("inb");
  await platform.db.pool.query(
    `INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, reason, source_ip, processed_at)
     VALUES ($1, $2, $3, $4, $5, 'rejected', $6, $7, now())`,
    [id, origin.tenantId, origin.integrationId, origin.provider, `rejected:${id}`, reason, origin.sourceIp],
  );
}

export interface ClaimedNews {
  id: string;
  tenantId: string;
  type: string;
  relayAttempts: number;
  /** The run that made the object; null while nobody has claimed it. */
  workflowId: string | null;
}

const claimSql = `
  WITH due AS (
    SELECT id FROM inbound_event
    WHERE status = 'received' AND next_relay_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_relay_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
  ), leased AS (
    UPDATE inbound_event e SET lease_until = now() + interval '30 seconds', lease_token = $2::uuid FROM due WHERE e.id = due.id
    RETURNING e.id, e.tenant_id, e.integration_id, e.type, e.about_kind, e.about_ref, e.relay_attempts, e.occurred_at
  )
  SELECT l.id, l.tenant_id, l.type, l.relay_attempts, r.workflow_id
  FROM leased l LEFT JOIN external_reference r
    ON r.integration_id = l.integration_id AND r.kind = l.about_kind AND r.reference = l.about_ref
  ORDER BY l.occurred_at NULLS FIRST, l.id`;

export async function claimNews(pool: pg.Pool, limit: number, leaseToken: string): Promise<ClaimedNews[]> {
  const { rows } = await pool.query(claimSql, [limit, leaseToken]);
  return rows.map((row) => ({ id: row.id, tenantId: row.tenant_id, type: row.type, relayAttempts: row.relay_attempts, workflowId: row.workflow_id }));
}

export async function markProcessed(pool: pg.Pool, ids: string[], leaseToken: string, workflowId: string, reason: string | null): Promise<void> {
  await pool.query(
    `UPDATE inbound_event SET status = 'processed', reason = $4, workflow_id = $3, processed_at = now(), next_relay_at = NULL, lease_until = NULL, lease_token = NULL
     WHERE id = ANY($1::text[]) AND lease_token = $2::uuid`,
    [ids, leaseToken, workflowId, reason],
  );
}

/** Tries again later; the wait doubles from one second to five minutes. */
export async function postpone(pool: pg.Pool, ids: string[], leaseToken: string): Promise<void> {
  await pool.query(
    `UPDATE inbound_event SET relay_attempts = relay_attempts + 1, lease_until = NULL, lease_token = NULL,
       next_relay_at = now() + make_interval(secs => LEAST(300, 2 ^ LEAST(relay_attempts, 9)))
     WHERE id = ANY($1::text[]) AND lease_token = $2::uuid`,
    [ids, leaseToken],
  );
}

/** Nobody claimed the object in time: kept, visible, and replayable by hand. */
export async function park(pool: pg.Pool, ids: string[], leaseToken: string): Promise<void> {
  await pool.query(
    `UPDATE inbound_event SET status = 'parked', reason = 'no process owns the object that it is about', next_relay_at = NULL, lease_until = NULL, lease_token = NULL
     WHERE id = ANY($1::text[]) AND lease_token = $2::uuid`,
    [ids, leaseToken],
  );
}
