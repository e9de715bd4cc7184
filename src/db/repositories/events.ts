import type { WebhookEvent } from "../../generated/prisma/client.ts";
import { notFound } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { endpointWants } from "../../webhooks/outbound/endpoint-match.ts";
import { renewedDeadline } from "../../webhooks/outbound/recovery-filter.ts";
import type { Database, Tx } from "../client.ts";

export type EventRow = Pick<WebhookEvent, "id" | "type" | "createdAt">;

const hostIdShape = /^[A-Za-z0-9_-]{1,128}$/;

export interface EventFilter {
  limit: number;
  cursor?: string | undefined;
  type?: string | undefined;
}

/** Newest first by the time of arrival: an event's id may be the host's own and then says nothing of its age. */
export async function listEvents(db: Database, tenantId: string, filter: EventFilter): Promise<EventRow[]> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const after = filter.cursor === undefined ? null : await tx.webhookEvent.findUnique({ where: { tenantId_id: { tenantId, id: filter.cursor } }, select: { id: true, createdAt: true } });
    if (filter.cursor !== undefined && after === null) return [];
    return await tx.webhookEvent.findMany({
      where: {
        tenantId,
        type: filter.type,
        // The first condition is a range of the index; the second cuts off the rows of the same millisecond.
        ...(after === null ? {} : { createdAt: { lte: after.createdAt }, NOT: { createdAt: after.createdAt, id: { gte: after.id } } }),
      },
      // Payloads stay where they are: a page of 250 could hold 250 MiB of them.
      select: { id: true, type: true, createdAt: true },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: filter.limit + 1,
    });
  });
}

/** @throws AppError not_found */
export async function getEvent(tx: Tx, tenantId: string, id: string): Promise<WebhookEvent> {
  const row = hostIdShape.test(id) ? await tx.webhookEvent.findUnique({ where: { tenantId_id: { tenantId, id } } }) : null;
  if (row === null) throw notFound("event");
  return row;
}

/**
 * Routes an event again, to every endpoint that wants it now: deliveries that exist become due and keep the count of their
 * attempts, missing ones are made. One that is being sent at this moment is left alone. Gives the shards that have work.
 */
export async function replayEvent(tx: Tx, tenantId: string, event: WebhookEvent): Promise<number[]> {
  const candidates = await tx.$queryRaw<{ id: string; shard: number; event_types: string[]; channels: string[]; filter: unknown }[]>`
    SELECT id, shard, event_types, channels, filter FROM webhook_endpoint
    WHERE tenant_id = ${tenantId} AND enabled AND deleted_at IS NULL
      AND id = coalesce((SELECT only_endpoint_id FROM webhook_event WHERE tenant_id = ${tenantId} AND id = ${event.id}), webhook_endpoint.id)
      AND (cardinality(event_types) = 0 OR event_types && ARRAY[${event.type}::text, split_part(${event.type}::text, '.', 1) || '.*', '*'])`;
  const targets = candidates.filter((row) => endpointWants({ eventTypes: row.event_types, channels: row.channels, filter: row.filter }, { type: event.type, channels: event.channels, data: event.payload }));
  if (targets.length === 0) return [];
  const endpointIds = targets.map((target) => target.id);
  // Waiting for rows would be waiting in a circle: dispatchers write the results of many deliveries at once, in another order.
  // What is locked is being sent, or was replayed by somebody else this moment.
  await tx.$executeRaw`
    UPDATE webhook_delivery d
      SET status = 'pending', next_attempt_at = now(), delivered_at = NULL, lease_until = NULL, lease_token = NULL, updated_at = now(), expires_at = ${renewedDeadline}
      FROM (
        SELECT id FROM webhook_delivery
          WHERE tenant_id = ${tenantId} AND event_id = ${event.id} AND endpoint_id = ANY(${endpointIds}::text[]) AND (lease_until IS NULL OR lease_until < now())
          FOR UPDATE SKIP LOCKED
      ) free
      WHERE d.tenant_id = ${tenantId} AND d.id = free.id`;
  await tx.$executeRaw`
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, ${tenantId}, ${event.id}, t.endpoint_id, t.shard, 'pending', now()
    FROM unnest(${targets.map(() => newId("dlv"))}::text[], ${endpointIds}::text[], ${targets.map((target) => target.shard)}::int[])
      AS t(id, endpoint_id, shard)
    WHERE NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant_id = ${tenantId} AND d.event_id = ${event.id} AND d.endpoint_id = t.endpoint_id)
    ORDER BY t.endpoint_id
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING`;
  return [...new Set(targets.map((target) => target.shard))];
}
