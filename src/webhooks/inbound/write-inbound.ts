import type pg from "pg";

/** One piece of news as it is recorded. */
export interface InboundRow {
  id: string;
  tenantId: string;
  integrationId: string;
  provider: string;
  externalId: string;
  type: string;
  about: { kind: string; reference: string } | null;
  occurredAt: Date | null;
  sourceIp: string | null;
  /** Whose body tells of it. */
  bodyId: string;
  /** Null when the request holds more news than this: a vendor that batches may pack a repetition differently. */
  bodyHash: Buffer | null;
  /** What the log says beside the status, such as that it is old; null for nothing. */
  note: string | null;
}

export interface InboundBody {
  id: string;
  tenantId: string;
  sealed: Buffer;
}

/** The channel on which the relay hears that news came. */
export const inboundChannel = "inbound_due";

// Rows are only added here, never changed: what repeats an earlier row is left out of the answer and counted elsewhere. The
// order keeps two commits with the same news from waiting for each other.
const writeSql = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::text[], $12::bytea[], $13::text[])
      AS g(id, tenant_id, integration_id, provider, external_id, type, about_kind, about_ref, occurred_at, source_ip, body_id, body_hash, note)
  ), fresh AS (
    INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, type, status, reason, about_kind, about_ref, occurred_at, source_ip, body_id, body_hash, next_relay_at, processed_at)
    SELECT id, tenant_id, integration_id, provider, external_id, type,
      CASE WHEN about_ref IS NULL THEN 'processed' ELSE 'received' END,
      COALESCE(note, CASE WHEN about_ref IS NULL THEN 'no process waits for this kind of event' END),
      about_kind, about_ref, occurred_at, source_ip, body_id, body_hash,
      CASE WHEN about_ref IS NOT NULL THEN now() END, CASE WHEN about_ref IS NULL THEN now() END
    FROM given ORDER BY integration_id, external_id, id
    ON CONFLICT (integration_id, external_id) DO NOTHING
    RETURNING id, body_id, status
  ), kept AS (
    INSERT INTO inbound_body (tenant_id, id, body)
    SELECT b.tenant_id, b.id, b.body FROM unnest($14::text[], $15::text[], $16::bytea[]) AS b(tenant_id, id, body) WHERE b.id IN (SELECT body_id FROM fresh)
  )
  SELECT id, status = 'received' AS due FROM fresh`;

export interface WrittenInbound {
  /** The ids of the rows that are new. */
  fresh: Set<string>;
  /** Whether any of them waits for the relay. */
  due: boolean;
}

/** Writes any number of news, of any tenants: one statement and so one commit. */
export async function writeInbound(pool: pg.Pool, rows: InboundRow[], bodies: InboundBody[]): Promise<WrittenInbound> {
  const written = await pool.query<{ id: string; due: boolean }>({
    name: "write_inbound",
    text: writeSql,
    values: [
      rows.map((row) => row.id), rows.map((row) => row.tenantId), rows.map((row) => row.integrationId), rows.map((row) => row.provider), rows.map((row) => row.externalId),
      rows.map((row) => row.type), rows.map((row) => row.about?.kind ?? null), rows.map((row) => row.about?.reference ?? null), rows.map((row) => row.occurredAt),
      rows.map((row) => row.sourceIp), rows.map((row) => row.bodyId), rows.map((row) => row.bodyHash), rows.map((row) => row.note),
      bodies.map((body) => body.tenantId), bodies.map((body) => body.id), bodies.map((body) => body.sealed),
    ],
  });
  return { fresh: new Set(written.rows.map((row) => row.id)), due: written.rows.some((row) => row.due) };
}
