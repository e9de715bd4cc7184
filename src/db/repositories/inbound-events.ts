import type { Caller, Platform } from "../../context.ts";
import type { InboundEvent } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import { inboundChannel } from "../../webhooks/inbound/write-inbound.ts";
import type { Database, Tx } from "../client.ts";
import { recordAudit } from "./audit.ts";

export const inboundStatuses = ["received", "processed", "parked", "duplicate", "rejected"] as const;
export type InboundStatus = (typeof inboundStatuses)[number];

/** Without the body, which stays where it is, sealed: it holds what the provider knows of a person. */
export type InboundRow = Omit<InboundEvent, "bodyId" | "bodyHash">;

export interface InboundFilter {
  limit: number;
  cursor?: string | undefined;
  integrationId?: string | undefined;
  status?: InboundStatus | undefined;
}

/** Newest first, one more than the limit. */
export async function listInboundEvents(db: Database, tenantId: string, filter: InboundFilter): Promise<InboundRow[]> {
  const { integrationId, status, cursor } = filter;
  const before = cursor === undefined ? {} : { id: { lt: cursor } };
  return await db.tenantTransaction(tenantId, (tx) =>
    tx.inboundEvent.findMany({ where: { tenantId, integrationId, status, ...before }, orderBy: { id: "desc" }, take: filter.limit + 1, omit: { bodyId: true, bodyHash: true } }),
  );
}

/** @throws AppError not_found */
export async function getInboundEvent(tx: Tx, tenantId: string, id: string): Promise<InboundRow> {
  const row = isId("inb", id) ? await tx.inboundEvent.findFirst({ where: { tenantId, id }, omit: { bodyId: true, bodyHash: true } }) : null;
  if (row === null) throw notFound("inbound event");
  return row;
}

/**
 * What the provider sent, as it was sent. Reading it is recorded in the audit log: it may tell anything of a person.
 * @throws AppError not_found also when nothing was kept, or no longer is
 */
export async function readInboundBody(platform: Pick<Platform, "db" | "vault">, tenantId: string, id: string, caller: Caller): Promise<Buffer> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    await getInboundEvent(tx, tenantId, id);
    const bodyId = (await tx.inboundEvent.findFirst({ where: { tenantId, id }, select: { bodyId: true } }))?.bodyId ?? null;
    const kept = bodyId === null ? null : await tx.inboundBody.findFirst({ where: { tenantId, id: bodyId } });
    if (kept === null) throw new AppError("not_found", "The body of this event is not kept: nothing of what is refused is, and other bodies are removed when their time is over.");
    await recordAudit(tx, tenantId, caller, { action: "inbound_event.body_read", subjectType: "inbound_event", subjectId: id });
    return await platform.vault.open({ tenantId, table: "inbound_event", column: "body", id: kept.id }, kept.body);
  });
}

/** Gives the news to its process once more. @throws AppError not_found, illegal_state */
export async function replayInboundEvent(db: Database, tenantId: string, id: string, caller: Caller): Promise<InboundRow> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const before = await getInboundEvent(tx, tenantId, id);
    const { count } = await tx.inboundEvent.updateMany({
      where: { tenantId, id, status: { in: ["parked", "processed"] } },
      data: { status: "received", reason: null, relayAttempts: 0, nextRelayAt: new Date(), processedAt: null, leaseUntil: null, leaseToken: null },
    });
    if (count === 0) throw new AppError("illegal_state", `The event is ${before.status}; only a parked or processed one can be replayed.`);
    await tx.$executeRaw`SELECT pg_notify(${inboundChannel}, '0')`;
    await recordAudit(tx, tenantId, caller, { action: "inbound_event.replayed", subjectType: "inbound_event", subjectId: id, before: { status: before.status }, after: { status: "received" } });
    return await getInboundEvent(tx, tenantId, id);
  });
}
