import type { Caller } from "../../context.ts";
import { Prisma, type EventType } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import type { Database, Tx } from "../client.ts";
import { recordAudit } from "./audit.ts";

/** What a tenant says of an event type; an absent field stays as it is, or takes its default. */
export interface EventTypeInput {
  description?: string | null | undefined;
  schema?: Record<string, unknown> | null | undefined;
  example?: unknown;
  /** Seconds before attempts 2, 3, …; empty means the default. */
  retrySchedule?: number[] | undefined;
}

// Publishing keeps the names of a tenant's types in memory.
const maxTypes = 1000;
const maxVersions = 1000;

/** Holds back other changes of this tenant's types until the transaction ends: versions are counted one by one. */
async function lockTypes(tx: Tx, tenantId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`event_type/${tenantId}`}, 0))`;
}

/** Every version, newest first. @throws AppError not_found */
export async function getEventType(tx: Tx, tenantId: string, name: string): Promise<[EventType, ...EventType[]]> {
  const [newest, ...older] = await tx.eventType.findMany({ where: { tenantId, name }, orderBy: { version: "desc" } });
  if (newest === undefined) throw notFound("event type");
  return [newest, ...older];
}

function jsonColumn(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === undefined || value === null ? Prisma.DbNull : (value as Prisma.InputJsonValue);
}

async function record(tx: Tx, row: EventType, caller: Caller, action: string, before?: EventType): Promise<void> {
  await recordAudit(tx, row.tenantId, caller, { action: `event_type.${action}`, subjectType: "event_type", subjectId: row.name, before, after: row });
}

/** A name that was archived may be declared again: its versions go on. @throws AppError conflict */
export async function createEventType(db: Database, tenantId: string, name: string, input: EventTypeInput, caller: Caller): Promise<EventType> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    await lockTypes(tx, tenantId);
    const last = await tx.eventType.findFirst({ where: { tenantId, name }, orderBy: { version: "desc" } });
    if (last !== null && last.archivedAt === null) throw new AppError("conflict", `The event type "${name}" is declared already; PATCH it to make its next version.`);
    if (last === null && (await tx.eventType.count({ where: { tenantId, version: 1 } })) >= maxTypes) throw new AppError("conflict", `A tenant can declare ${maxTypes} event types.`);
    const row = await insertVersion(tx, tenantId, name, (last?.version ?? 0) + 1, input);
    await record(tx, row, caller, "created");
    return row;
  });
}

async function insertVersion(tx: Tx, tenantId: string, name: string, version: number, input: EventTypeInput): Promise<EventType> {
  if (version > maxVersions) throw new AppError("conflict", `An event type can have ${maxVersions} versions.`);
  const { description = null, schema, example, retrySchedule = [] } = input;
  return await tx.eventType.create({ data: { tenantId, name, version, description, schema: jsonColumn(schema), example: jsonColumn(example), retrySchedule } });
}

/**
 * A schema other than the newest makes the next version; what else is said changes the newest in its place.
 * `check` sees the result before it is written. @throws AppError not_found, illegal_state
 */
export async function updateEventType(
  db: Database, tenantId: string, name: string, input: EventTypeInput, caller: Caller, check: (result: { schema: unknown; example: unknown }) => void,
): Promise<EventType> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    await lockTypes(tx, tenantId);
    const [before] = await getEventType(tx, tenantId, name);
    if (before.archivedAt !== null) throw new AppError("illegal_state", "The event type is archived; create it again to go on with it.");
    const after = {
      description: input.description === undefined ? before.description : input.description,
      schema: input.schema === undefined ? (before.schema as EventTypeInput["schema"]) : input.schema,
      example: input.example === undefined ? before.example : input.example,
      retrySchedule: input.retrySchedule ?? before.retrySchedule,
    };
    check({ schema: after.schema, example: after.example });
    const row = (await sameJson(tx, after.schema, before.schema))
      ? await tx.eventType.update({
          where: { tenantId_name_version: { tenantId, name, version: before.version } },
          data: { description: after.description, example: jsonColumn(after.example), retrySchedule: after.retrySchedule },
        })
      : await insertVersion(tx, tenantId, name, before.version + 1, after);
    await record(tx, row, caller, "updated", before);
    return row;
  });
}

/** As the database compares jsonb: the order of keys says nothing. */
async function sameJson(tx: Tx, a: unknown, b: unknown): Promise<boolean> {
  const rows = await tx.$queryRaw<{ same: boolean }[]>`SELECT ${JSON.stringify(a ?? null)}::jsonb = ${JSON.stringify(b ?? null)}::jsonb AS same`;
  return rows[0]?.same === true;
}

/** Its versions stay readable; events are checked against it no longer. @throws AppError not_found */
export async function archiveEventType(db: Database, tenantId: string, name: string, caller: Caller): Promise<void> {
  await db.tenantTransaction(tenantId, async (tx) => {
    await lockTypes(tx, tenantId);
    const [before] = await getEventType(tx, tenantId, name);
    if (before.archivedAt !== null) return;
    const archivedAt = new Date();
    await tx.eventType.updateMany({ where: { tenantId, name, archivedAt: null }, data: { archivedAt } });
    await record(tx, { ...before, archivedAt }, caller, "archived", before);
  });
}

/** The newest version of each type, by the time its name was first declared, newest first: a new version moves nothing. */
export async function listEventTypes(db: Database, tenantId: string, page: { limit: number; cursor?: string | undefined; archived: boolean }): Promise<EventType[]> {
  const after = page.cursor === undefined
    ? Prisma.empty
    : Prisma.sql`AND (f.created_at, f.name) < (SELECT created_at, name FROM event_type WHERE tenant_id = ${tenantId} AND name = ${page.cursor} AND version = 1)`;
  return await db.tenantTransaction(tenantId, (tx) =>
    tx.$queryRaw<EventType[]>(Prisma.sql`
      SELECT t.tenant_id AS "tenantId", t.name, t.version, t.description, t.schema, t.example, t.retry_schedule AS "retrySchedule", t.created_at AS "createdAt", t.archived_at AS "archivedAt"
      FROM event_type t JOIN event_type f ON f.tenant_id = t.tenant_id AND f.name = t.name AND f.version = 1
      WHERE t.tenant_id = ${tenantId} AND (t.archived_at IS NOT NULL) = ${page.archived} ${after}
        AND NOT EXISTS (SELECT 1 FROM event_type n WHERE n.tenant_id = t.tenant_id AND n.name = t.name AND n.version > t.version)
      ORDER BY f.created_at DESC, f.name DESC LIMIT ${page.limit + 1}`),
  );
}
