import type { Platform } from "../../context.ts";
import type { InboundEvent } from "../../generated/prisma/client.ts";
import { notFound } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import { beforeId, cutPage, type Page, type PageRequest } from "./page.ts";

export const inboundStatuses = ["received", "processed", "parked", "duplicate", "rejected"] as const;
export type InboundStatus = (typeof inboundStatuses)[number];

export interface InboundEventResource {
  id: string;
  provider: string;
  integrationId: string;
  /** The provider's own event id; null for what was rejected. */
  externalId: string | null;
  type: string | null;
  status: string;
  reason: string | null;
  /** How often the same news came again. */
  duplicates: number;
  sourceIp: string | null;
  workflowId: string | null;
  occurredAt: string | null;
  receivedAt: string;
  processedAt: string | null;
}

// The body stays where it is, sealed: it holds what the provider knows of a person.
const withoutBody = { body: true } as const;

function show(row: Omit<InboundEvent, "body">): InboundEventResource {
  return {
    id: row.id,
    provider: row.provider,
    integrationId: row.integrationId,
    externalId: row.status === "rejected" ? null : row.externalId,
    type: row.type,
    status: row.status,
    reason: row.reason,
    duplicates: row.duplicates,
    sourceIp: row.sourceIp,
    workflowId: row.workflowId,
    occurredAt: row.occurredAt?.toISOString() ?? null,
    receivedAt: row.receivedAt.toISOString(),
    processedAt: row.processedAt?.toISOString() ?? null,
  };
}

export interface InboundFilter {
  provider?: string | undefined;
  integrationId?: string | undefined;
  status?: InboundStatus | undefined;
}

export async function listInboundEvents(platform: Platform, tenantId: string, page: PageRequest & InboundFilter): Promise<Page<InboundEventResource>> {
  const { provider, integrationId, status } = page;
  const rows = await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.inboundEvent.findMany({
      where: { tenantId, provider, integrationId, status, ...beforeId(page.cursor) },
      orderBy: { id: "desc" },
      take: page.limit + 1,
      omit: withoutBody,
    }),
  );
  return cutPage(rows, page.limit, show, (row) => row.id);
}

/** @throws AppError not_found */
export async function getInboundEvent(platform: Platform, tenantId: string, id: string): Promise<InboundEventResource> {
  const row = isId("inb", id)
    ? await platform.db.tenantTransaction(tenantId, (tx) => tx.inboundEvent.findFirst({ where: { tenantId, id }, omit: withoutBody }))
    : null;
  if (row === null) throw notFound("inbound event");
  return show(row);
}
