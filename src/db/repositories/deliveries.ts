import type { Caller } from "../../context.ts";
import type { DeliveryAttempt, WebhookDelivery } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import type { Database, Tx } from "../client.ts";
import { recordAudit } from "./audit.ts";

export const deliveryStatuses = ["pending", "delivered", "retrying", "held", "failed", "expired", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export type DeliveryRow = WebhookDelivery & { event: { type: string } };
export type DeliveryWithAttempts = DeliveryRow & { attemptsMade: DeliveryAttempt[] };

const maxAttemptsShown = 200;

export interface DeliveryFilter {
  limit: number;
  cursor?: string | undefined;
  endpointId?: string | undefined;
  eventId?: string | undefined;
  status?: DeliveryStatus | undefined;
}

/** Newest first, one more than the limit. */
export async function listDeliveries(db: Database, tenantId: string, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  const { endpointId, eventId, status, cursor } = filter;
  const before = cursor === undefined ? {} : { id: { lt: cursor } };
  return await db.tenantTransaction(tenantId, async (tx) => {
    const rows = await tx.webhookDelivery.findMany({ where: { tenantId, endpointId, eventId, status, ...before }, orderBy: { id: "desc" }, take: filter.limit + 1 });
    return await withTypes(tx, tenantId, rows);
  });
}

async function withTypes<Row extends WebhookDelivery>(tx: Tx, tenantId: string, rows: Row[]): Promise<(Row & { event: { type: string } })[]> {
  const events = await tx.webhookEvent.findMany({ where: { tenantId, id: { in: [...new Set(rows.map((row) => row.eventId))] } }, select: { id: true, type: true } });
  const types = new Map(events.map((event) => [event.id, event.type]));
  return rows.map((row) => ({ ...row, event: { type: types.get(row.eventId) ?? "" } }));
}

/** With its latest attempts, oldest first. @throws AppError not_found */
export async function getDelivery(tx: Tx, tenantId: string, id: string): Promise<DeliveryWithAttempts> {
  const row = isId("dlv", id) ? await tx.webhookDelivery.findUnique({ where: { tenantId_id: { tenantId, id } } }) : null;
  if (row === null) throw notFound("delivery");
  const attempts = await tx.deliveryAttempt.findMany({ where: { tenantId, deliveryId: id }, orderBy: { number: "desc" }, take: maxAttemptsShown });
  const [typed] = await withTypes(tx, tenantId, [row]);
  return { ...(typed as DeliveryRow), attemptsMade: attempts.toReversed() };
}

export interface LockedDelivery {
  status: DeliveryStatus;
  shard: number;
  inFlight: boolean;
  endpointOpen: boolean;
}

/** @throws AppError not_found */
export async function lockDelivery(tx: Tx, tenantId: string, id: string): Promise<LockedDelivery> {
  const [row] = isId("dlv", id)
    ? await tx.$queryRaw<LockedDelivery[]>`
        SELECT d.status, d.shard, coalesce(d.lease_until > now(), false) AS "inFlight",
          (ep.enabled AND ep.deleted_at IS NULL) AS "endpointOpen"
        FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
        WHERE d.tenant_id = ${tenantId} AND d.id = ${id} FOR UPDATE OF d`
    : [];
  if (row === undefined) throw notFound("delivery");
  return row;
}

const waiting: ReadonlySet<DeliveryStatus> = new Set(["pending", "retrying", "held"]);

/** Wins over an attempt under way: its result finds no lease and is dropped. @throws AppError not_found, illegal_state */
export async function cancelDelivery(db: Database, tenantId: string, id: string, caller: Caller): Promise<DeliveryWithAttempts> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockDelivery(tx, tenantId, id);
    if (!waiting.has(before.status)) throw new AppError("illegal_state", `The delivery is ${before.status}; only a waiting one can be cancelled.`);
    await tx.webhookDelivery.update({ where: { tenantId_id: { tenantId, id } }, data: { status: "cancelled", nextAttemptAt: null, leaseUntil: null, leaseToken: null, updatedAt: new Date() } });
    await recordAudit(tx, tenantId, caller, { action: "delivery.cancelled", subjectType: "delivery", subjectId: id, before: { status: before.status }, after: { status: "cancelled" } });
    return await getDelivery(tx, tenantId, id);
  });
}
