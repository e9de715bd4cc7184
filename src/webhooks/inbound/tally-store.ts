import type pg from "pg";
import { newId } from "../../lib/ids.ts";
import type { Counted, RejectionCount, RepetitionCount } from "./tally.ts";

// A minute's refusals of one kind from one address share a row of the log, whichever process counted them.
const rejectionsSql = `
  INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, reason, source_ip, duplicates, processed_at)
  SELECT id, tenant_id, integration_id, provider, external_id, 'rejected', reason, source_ip, count - 1, now()
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[]) AS g(id, tenant_id, integration_id, provider, external_id, reason, source_ip, count)
  ORDER BY integration_id, external_id
  ON CONFLICT (integration_id, external_id) DO UPDATE SET duplicates = inbound_event.duplicates + excluded.duplicates + 1, processed_at = now()`;

// A row that the relay holds is left alone, so that its turn among its owner's news is not lost; the caller tries again.
const repetitionsSql = `
  WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bytea[]) AS g(integration_id, external_id, count, body_hash)),
  free AS (
    SELECT tenant_id, id FROM inbound_event WHERE (integration_id, external_id) IN (SELECT integration_id, external_id FROM given) FOR UPDATE SKIP LOCKED
  ), sums AS (
    SELECT e.tenant_id, e.id, sum(g.count)::int AS count, sum(CASE WHEN g.body_hash <> e.body_hash THEN g.count ELSE 0 END)::int AS conflicts
    FROM given g JOIN inbound_event e ON e.integration_id = g.integration_id AND e.external_id = g.external_id
    WHERE (e.tenant_id, e.id) IN (SELECT tenant_id, id FROM free)
    GROUP BY e.tenant_id, e.id
  )
  UPDATE inbound_event e SET duplicates = e.duplicates + s.count, conflicts = e.conflicts + s.conflicts
  FROM sums s WHERE e.tenant_id = s.tenant_id AND e.id = s.id
  RETURNING e.integration_id, e.external_id`;

const patience = 20;

/** Writes counts: one statement for each kind, however many were counted. */
export async function tallyInbound(pool: pg.Pool, { rejections, repetitions }: Counted): Promise<void> {
  if (rejections.length > 0) await countRejections(pool, rejections);
  let left = repetitions;
  for (let round = 0; left.length > 0 && round < patience; round += 1) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 25));
    left = await countRepetitions(pool, left);
  }
}

async function countRejections(pool: pg.Pool, counts: RejectionCount[]): Promise<void> {
  await pool.query(rejectionsSql, [
    counts.map(() => newId("inb")), counts.map((one) => one.tenantId), counts.map((one) => one.integrationId), counts.map((one) => one.provider),
    counts.map((one) => `rejected:${one.minute.toISOString().slice(0, 16)}:${one.sourceIp ?? "others"}:${one.reason}`),
    counts.map((one) => one.reason), counts.map((one) => one.sourceIp), counts.map((one) => one.count),
  ]);
}

/** @returns those whose row was held by somebody */
async function countRepetitions(pool: pg.Pool, counts: RepetitionCount[]): Promise<RepetitionCount[]> {
  const { rows } = await pool.query<{ integration_id: string; external_id: string }>(repetitionsSql, [
    counts.map((one) => one.integrationId), counts.map((one) => one.externalId), counts.map((one) => one.count), counts.map((one) => one.bodyHash),
  ]);
  const done = new Set(rows.map((row) => `${row.integration_id} ${row.external_id}`));
  return counts.filter((one) => !done.has(`${one.integrationId} ${one.externalId}`));
}
