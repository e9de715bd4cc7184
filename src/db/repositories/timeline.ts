import type { Actor } from "../../domain/processes.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { newId } from "../../lib/ids.ts";
import type { Tx } from "../client.ts";

export interface NewTimelineEntry {
  subjectId: string;
  /** `<noun>.<past>` for a change, or a plain word for a remark; stable, for filters. */
  kind: string;
  actor: Actor;
  /** A sentence that HR staff understand. */
  summary: string;
  details?: Record<string, unknown>;
  /** The same key again writes nothing: makes a repeated activity harmless. */
  dedupeKey?: string;
}

export async function addTimelineEntry(tx: Tx, tenantId: string, entry: NewTimelineEntry): Promise<void> {
  await tx.timelineEntry.createMany({
    data: [
      {
        id: newId("tl"),
        tenantId,
        subjectId: entry.subjectId,
        kind: entry.kind,
        actorType: entry.actor.type,
        actorId: entry.actor.id ?? null,
        summary: entry.summary,
        details: entry.details === undefined ? Prisma.DbNull : (entry.details as Prisma.InputJsonValue),
        dedupeKey: entry.dedupeKey ?? null,
      },
    ],
    skipDuplicates: true,
  });
}

export interface TimelineItem {
  at: string;
  kind: string;
  actor: Actor;
  summary: string;
  details?: unknown;
}

/** A process's story, oldest first, at most 1,000 entries. */
export async function listTimeline(tx: Tx, tenantId: string, subjectId: string): Promise<TimelineItem[]> {
  const rows = await tx.timelineEntry.findMany({ where: { tenantId, subjectId }, orderBy: [{ at: "asc" }, { id: "asc" }], take: 1000 });
  return rows.map((row) => ({
    at: row.at.toISOString(),
    kind: row.kind,
    actor: { type: row.actorType as Actor["type"], ...(row.actorId === null ? {} : { id: row.actorId }) },
    summary: row.summary,
    ...(row.details === null ? {} : { details: row.details }),
  }));
}
