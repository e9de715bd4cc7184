import { Prisma } from "../../generated/prisma/client.ts";
import type { Tx } from "../../db/client.ts";
import { newId } from "../../lib/ids.ts";
import { notifyDue } from "./notify-due.ts";

export type RecoveryKind = "resend" | "route_again";

/** What a job was asked for, as its row keeps it. */
export interface RecoveryFilter {
  endpointId?: string | undefined;
  eventType?: string | undefined;
  /** Of the deliveries to resend. */
  status: string[];
  since?: string | undefined;
  until: string;
}

/** One step of a job: how many rows it changed, and where the next begins; null when none is left. */
export interface RecoveryStep {
  done: number;
  cursor: string | null;
}

const rowsPerStep = 500;
/** Live traffic keeps its place: recovered deliveries come due one by one, not all at once. */
export const recoveredPerSecond = 200;

export async function countMatches(tx: Tx, tenantId: string, kind: RecoveryKind, filter: RecoveryFilter): Promise<number> {
  const from = kind === "resend" ? resendable(tenantId, filter) : missing(tenantId, filter);
  const [row] = await tx.$queryRaw<{ count: number }[]>(Prisma.sql`SELECT count(*)::int AS count ${from}`);
  return row?.count ?? 0;
}

export async function takeStep(tx: Tx, tenantId: string, kind: RecoveryKind, filter: RecoveryFilter, cursor: string | null): Promise<RecoveryStep> {
  return await (kind === "resend" ? resendStep(tx, tenantId, filter, cursor) : routeAgainStep(tx, tenantId, filter, cursor));
}

/** A delivery that is being sent at this moment is left alone: its result comes. */
function resendable(tenantId: string, filter: RecoveryFilter): Prisma.Sql {
  return Prisma.sql`
    FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id JOIN webhook_event e ON e.tenant_id = d.tenant_id AND e.id = d.event_id
    WHERE d.tenant_id = ${tenantId} AND d.status = ANY(${filter.status}::text[]) AND ep.enabled AND ep.deleted_at IS NULL
      AND (d.lease_until IS NULL OR d.lease_until < now()) ${within(Prisma.sql`d`, filter)} ${ofType(filter)}
      ${filter.status.includes("delivered") ? Prisma.empty : Prisma.sql`AND d.status <> 'delivered'`}
      ${filter.endpointId === undefined ? Prisma.empty : Prisma.sql`AND d.endpoint_id = ${filter.endpointId}`}`;
}

/** What the endpoint wants by its types and channels and has no delivery of. */
function missing(tenantId: string, filter: RecoveryFilter): Prisma.Sql {
  return Prisma.sql`
    FROM webhook_event e JOIN webhook_endpoint ep ON ep.tenant_id = e.tenant_id
    WHERE e.tenant_id = ${tenantId} AND ep.id = ${filter.endpointId} AND ep.enabled AND ep.deleted_at IS NULL AND e.only_endpoint_id IS NULL
      AND (cardinality(ep.event_types) = 0 OR ep.event_types && ARRAY[e.type, split_part(e.type, '.', 1) || '.*', '*'])
      AND (cardinality(ep.channels) = 0 OR ep.channels && e.channels) ${within(Prisma.sql`e`, filter)} ${ofType(filter)}
      AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant_id = e.tenant_id AND d.event_id = e.id AND d.endpoint_id = ep.id)`;
}

function within(table: Prisma.Sql, { since, until }: RecoveryFilter): Prisma.Sql {
  const start = since === undefined ? Prisma.empty : Prisma.sql`AND ${table}.created_at >= ${since}::timestamptz`;
  return Prisma.sql`${start} AND ${table}.created_at <= ${until}::timestamptz`;
}

function ofType({ eventType }: RecoveryFilter): Prisma.Sql {
  return eventType === undefined ? Prisma.empty : Prisma.sql`AND e.type = ${eventType}`;
}

async function resendStep(tx: Tx, tenantId: string, filter: RecoveryFilter, cursor: string | null): Promise<RecoveryStep> {
  const rows = await tx.$queryRaw<{ id: string; shard: number }[]>(Prisma.sql`
    SELECT d.id, d.shard ${resendable(tenantId, filter)} AND d.id > ${cursor ?? ""} ORDER BY d.id LIMIT ${rowsPerStep} FOR UPDATE OF d`);
  const ids = rows.map((row) => row.id);
  await tx.$executeRaw(Prisma.sql`
    UPDATE webhook_delivery d
    SET status = 'pending', next_attempt_at = now() + make_interval(secs => (t.place - 1)::float8 / ${recoveredPerSecond}), delivered_at = NULL,
        lease_until = NULL, lease_token = NULL, updated_at = now(),
        -- A person's word counts for more than a deadline that passed: what is sent again has a new week then.
        expires_at = CASE WHEN COALESCE(d.expires_at, d.created_at + interval '7 days') > now() + interval '1 minute' THEN d.expires_at ELSE now() + interval '7 days' END
    FROM unnest(${ids}::text[]) WITH ORDINALITY AS t(id, place) WHERE d.tenant_id = ${tenantId} AND d.id = t.id`);
  await notifyDue(tx, rows.map((row) => row.shard));
  return { done: rows.length, cursor: rows.length < rowsPerStep ? null : (ids.at(-1) ?? null) };
}

/** Events keep to the order of their arrival; their ids may be the host's own, so that the cursor is the time and the id. */
async function routeAgainStep(tx: Tx, tenantId: string, filter: RecoveryFilter, cursor: string | null): Promise<RecoveryStep> {
  const [at = "-infinity", id = ""] = cursor?.split("|") ?? [];
  const rows = await tx.$queryRaw<{ id: string; created_at: Date; endpoint_id: string; shard: number }[]>(Prisma.sql`
    SELECT e.id, e.created_at, ep.id AS endpoint_id, ep.shard ${missing(tenantId, filter)}
      AND (e.created_at, e.id) > (${at}::timestamptz, ${id}) ORDER BY e.created_at, e.id LIMIT ${rowsPerStep}`);
  const done = await tx.$executeRaw(Prisma.sql`
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, ${tenantId}, t.event_id, t.endpoint_id, t.shard, 'pending', now() + make_interval(secs => (t.place - 1)::float8 / ${recoveredPerSecond})
    FROM unnest(${rows.map(() => newId("dlv"))}::text[], ${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.endpoint_id)}::text[], ${rows.map((row) => row.shard)}::int[])
      WITH ORDINALITY AS t(id, event_id, endpoint_id, shard, place)
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING`);
  await notifyDue(tx, rows.map((row) => row.shard));
  const last = rows.at(-1);
  return { done, cursor: last === undefined || rows.length < rowsPerStep ? null : `${last.created_at.toISOString()}|${last.id}` };
}
