import type { Platform } from "../../context.ts";
import { notFound } from "../../lib/errors.ts";
import { publishEvents, type NewEvent } from "../../webhooks/outbound/publish.ts";
import { cutPage, parseTimeCursor, timeCursor, type Page, type PageRequest } from "./page.ts";

export interface EventSummary {
  id: string;
  type: string;
  createdAt: string;
}

export interface EventResource extends EventSummary {
  payload: unknown;
}

/** Accepts a host's own events: written together with their deliveries, or not at all. @throws AppError conflict */
export async function acceptEvents(platform: Platform, tenantId: string, events: NewEvent[]): Promise<EventSummary[]> {
  const published = await platform.db.tenantTransaction(tenantId, (tx) => publishEvents(tx, tenantId, events));
  return published.map((event) => ({ id: event.id, type: event.type, createdAt: event.createdAt.toISOString() }));
}

/** Without the payloads: a page of 250 could hold 250 MiB of them. */
export async function listEvents(platform: Platform, tenantId: string, page: PageRequest & { type?: string | undefined }): Promise<Page<EventSummary>> {
  const from = page.cursor === undefined ? undefined : parseTimeCursor(page.cursor);
  const rows = await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.webhookEvent.findMany({
      where: {
        tenantId,
        type: page.type,
        ...(from === undefined ? {} : { createdAt: { lte: from.at }, NOT: { createdAt: from.at, id: { gte: from.id } } }),
      },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: page.limit + 1,
      omit: { payload: true },
    }),
  );
  const show = (row: { id: string; type: string; createdAt: Date }): EventSummary => ({ id: row.id, type: row.type, createdAt: row.createdAt.toISOString() });
  return cutPage(rows, page.limit, show, (row) => timeCursor(row.createdAt, row.id));
}

/** @throws AppError not_found */
export async function getEvent(platform: Platform, tenantId: string, id: string): Promise<EventResource> {
  const row = await platform.db.tenantTransaction(tenantId, (tx) => tx.webhookEvent.findUnique({ where: { tenantId_id: { tenantId, id } } }));
  if (row === null) throw notFound("event");
  return { id: row.id, type: row.type, payload: row.payload, createdAt: row.createdAt.toISOString() };
}
