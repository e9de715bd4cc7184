import type { Caller, Platform } from "../../context.ts";
import type { DeliveryAttempt, WebhookDelivery } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import { dueChannel } from "../../webhooks/outbound/publish.ts";
import type { Tx } from "../client.ts";
import { recordAudit } from "./audit.ts";
import { beforeId, cutPage, type Page, type PageRequest } from "./page.ts";

export const deliveryStatuses = ["pending", "delivered", "retrying", "held", "failed", "expired", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface DeliveryResource {
  id: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  status: string;
  /** How many were made. */
  attempts: number;
  nextAttemptAt: string | null;
  lastStatusCode: number | null;
  lastError: string | null;
  createdAt: string;
  updatedAt: string;
  deliveredAt: string | null;
}

export interface DeliveryAttemptResource {
  number: number;
  at: string;
  statusCode: number | null;
  latencyMs: number;
  /** The first 8 KiB of the answer. */
  responseBody: string | null;
  error: string | null;
}

export type DeliveryDetail = Omit<DeliveryResource, "attempts"> & { attempts: DeliveryAttemptResource[] };

type DeliveryRow = WebhookDelivery & { event: { type: string } };

const withType = { event: { select: { type: true } } } as const;

function show(row: DeliveryRow): DeliveryResource {
  return {
    id: row.id,
    eventId: row.eventId,
    eventType: row.event.type,
    endpointId: row.endpointId,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    lastStatusCode: row.lastStatusCode,
    lastError: row.lastError,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
  };
}

function showDetail(row: DeliveryRow & { attemptsMade: DeliveryAttempt[] }): DeliveryDetail {
  const attempts = row.attemptsMade.map(({ number, at, statusCode, latencyMs, responseBody, error }) => ({
    number, at: at.toISOString(), statusCode, latencyMs, responseBody, error,
  }));
  return { ...show(row), attempts };
}

export interface DeliveryFilter {
  endpointId?: string | undefined;
  eventId?: string | undefined;
  status?: DeliveryStatus | undefined;
}

export async function listDeliveries(platform: Platform, tenantId: string, page: PageRequest & DeliveryFilter): Promise<Page<DeliveryResource>> {
  const { endpointId, eventId, status } = page;
  const rows = await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.webhookDelivery.findMany({
      where: { tenantId, endpointId, eventId, status, ...beforeId(page.cursor) },
      orderBy: { id: "desc" },
      take: page.limit + 1,
      include: withType,
    }),
  );
  return cutPage(rows, page.limit, show, (row) => row.id);
}

async function loadDetail(tx: Tx, tenantId: string, id: string): Promise<DeliveryDetail> {
  const include = { ...withType, attemptsMade: { orderBy: { number: "asc" }, take: 200 } } as const;
  const row = isId("dlv", id) ? await tx.webhookDelivery.findFirst({ where: { tenantId, id }, include }) : null;
  if (row === null) throw notFound("delivery");
  return showDetail(row);
}

/** With every attempt. @throws AppError not_found */
export async function getDelivery(platform: Platform, tenantId: string, id: string): Promise<DeliveryDetail> {
  return await platform.db.tenantTransaction(tenantId, (tx) => loadDetail(tx, tenantId, id));
}

interface LockedDelivery {
  status: DeliveryStatus;
  shard: number;
  in_flight: boolean;
  endpoint_open: boolean;
}

async function lockDelivery(tx: Tx, tenantId: string, id: string): Promise<LockedDelivery> {
  const [row] = await tx.$queryRaw<LockedDelivery[]>`
    SELECT d.status, d.shard, coalesce(d.lease_until > now(), false) AS in_flight, (ep.enabled AND ep.deleted_at IS NULL) AS endpoint_open
    FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
    WHERE d.tenant_id = ${tenantId} AND d.id = ${id} FOR UPDATE OF d`;
  if (row === undefined) throw notFound("delivery");
  return row;
}

const retryable: ReadonlySet<DeliveryStatus> = new Set(["failed", "expired", "cancelled", "retrying", "pending"]);
const cancellable: ReadonlySet<DeliveryStatus> = new Set(["pending", "retrying", "held"]);

/** Sends it again now, once more than the schedule says when that is used up. @throws AppError not_found, illegal_state */
export async function retryDelivery(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<DeliveryDetail> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockDelivery(tx, tenantId, id);
    if (!before.endpoint_open) throw new AppError("illegal_state", "The endpoint is disabled or deleted; enable it first.");
    if (!retryable.has(before.status)) throw new AppError("illegal_state", `The delivery is ${before.status}; it cannot be sent again.`);
    if (before.in_flight) throw new AppError("illegal_state", "The delivery is being sent at this moment.");
    await tx.webhookDelivery.update({
      where: { id },
      data: { status: "pending", nextAttemptAt: new Date(), leaseUntil: null, leaseToken: null, updatedAt: new Date() },
    });
    await tx.$executeRaw`SELECT pg_notify(${dueChannel}, ${String(before.shard)})`;
    const change = { action: "delivery.retried", subjectType: "delivery", subjectId: id, before: { status: before.status }, after: { status: "pending" } };
    await recordAudit(tx, tenantId, caller, change);
    return await loadDetail(tx, tenantId, id);
  });
}

/** Cancelling wins over an attempt under way: its result finds no lease and is dropped. @throws AppError not_found, illegal_state */
export async function cancelDelivery(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<DeliveryDetail> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockDelivery(tx, tenantId, id);
    if (!cancellable.has(before.status)) throw new AppError("illegal_state", `The delivery is ${before.status}; it cannot be cancelled.`);
    await tx.webhookDelivery.update({
      where: { id },
      data: { status: "cancelled", nextAttemptAt: null, leaseUntil: null, leaseToken: null, updatedAt: new Date() },
    });
    const change = { action: "delivery.cancelled", subjectType: "delivery", subjectId: id, before: { status: before.status }, after: { status: "cancelled" } };
    await recordAudit(tx, tenantId, caller, change);
    return await loadDetail(tx, tenantId, id);
  });
}
