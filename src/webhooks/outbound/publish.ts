import { Prisma } from "../../generated/prisma/client.ts";
import type { Tx } from "../../db/client.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";

export interface NewEvent {
  /** The host's own id; the same id again makes no second event. Without it one is made. */
  id?: string;
  type: string;
  payload: unknown;
}

export interface PublishedEvent {
  id: string;
  type: string;
  createdAt: Date;
}

/** The channel on which the dispatchers hear that a shard has something due; the payload is the shard. */
export const dueChannel = "webhook_due";

interface StoredRow {
  id: string;
  type: string;
  created_at: Date;
  inserted: boolean;
  same: boolean;
}

interface TargetRow {
  endpoint_id: string;
  shard: number;
  event_id: string;
}

/**
 * Writes events and their deliveries in the caller's transaction: a change and the news of it are one commit (outbox).
 * A disabled endpoint gets nothing; what was missed can be sent again with `recover`.
 * @throws AppError conflict when an id was used before for something else.
 */
export async function publishEvents(tx: Tx, tenantId: string, events: NewEvent[]): Promise<PublishedEvent[]> {
  const rows = events.map((event) => ({ id: event.id ?? newId("evt"), type: event.type, payload: JSON.stringify(event.payload) }));
  const ids = rows.map((row) => row.id);
  const types = rows.map((row) => row.type);
  const payloads = rows.map((row) => row.payload);

  const stored = await tx.$queryRaw<StoredRow[]>(Prisma.sql`
    WITH given AS (
      SELECT * FROM unnest(${ids}::text[], ${types}::text[], ${payloads}::text[]) AS t(id, type, payload)
    ), inserted AS (
      INSERT INTO webhook_event (id, tenant_id, type, payload)
      SELECT DISTINCT ON (id) id, ${tenantId}, type, payload::json FROM given
      ON CONFLICT (tenant_id, id) DO NOTHING
      RETURNING id, type, created_at
    )
    SELECT id, type, created_at, true AS inserted, true AS same FROM inserted
    UNION ALL
    SELECT e.id, e.type, e.created_at, false, e.type = g.type AND e.payload::text = g.payload
    FROM webhook_event e JOIN given g ON g.id = e.id WHERE e.tenant_id = ${tenantId}`);

  const clash = stored.find((row) => !row.same);
  if (clash !== undefined) {
    throw new AppError("conflict", `The event id "${clash.id}" was used before with another type or payload.`);
  }
  const found = new Map(stored.map((row) => [row.id, { id: row.id, type: row.type, createdAt: row.created_at }]));
  // A row that another transaction inserted a moment ago is invisible to the statement that met it.
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) {
    const late = await tx.webhookEvent.findMany({ where: { tenantId, id: { in: missing } }, select: { id: true, type: true, createdAt: true } });
    for (const event of late) found.set(event.id, event);
  }

  await fanOut(tx, tenantId, stored.filter((row) => row.inserted).map((row) => row.id));
  return ids.map((id) => found.get(id) as PublishedEvent);
}

/** One delivery for every endpoint that wants the event. Event types match exactly, as `noun.*`, or all when none are named. */
async function fanOut(tx: Tx, tenantId: string, eventIds: string[]): Promise<void> {
  if (eventIds.length === 0) return;
  const targets = await tx.$queryRaw<TargetRow[]>(Prisma.sql`
    SELECT ep.id AS endpoint_id, ep.shard, e.id AS event_id
    FROM webhook_event e JOIN webhook_endpoint ep ON ep.tenant_id = e.tenant_id
    WHERE e.tenant_id = ${tenantId} AND e.id = ANY(${eventIds}::text[]) AND ep.enabled AND ep.deleted_at IS NULL
      AND (cardinality(ep.event_types) = 0 OR ep.event_types && ARRAY[e.type, split_part(e.type, '.', 1) || '.*', '*'])`);
  if (targets.length === 0) return;
  await tx.$executeRaw(Prisma.sql`
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, ${tenantId}, t.event_id, t.endpoint_id, t.shard, 'pending', now()
    FROM unnest(${targets.map(() => newId("dlv"))}::text[], ${targets.map((target) => target.event_id)}::text[],
                ${targets.map((target) => target.endpoint_id)}::text[], ${targets.map((target) => target.shard)}::int[])
      AS t(id, event_id, endpoint_id, shard)
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING`);
  for (const shard of new Set(targets.map((target) => target.shard))) {
    await tx.$executeRaw`SELECT pg_notify(${dueChannel}, ${String(shard)})`;
  }
}
