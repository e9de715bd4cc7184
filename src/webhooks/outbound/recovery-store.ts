import { Prisma } from "../../generated/prisma/client.ts";
import type { Database, Tx } from "../../db/client.ts";
import { newId } from "../../lib/ids.ts";
import { findEndpoint } from "./endpoints.ts";
import { countCandidates, missingPage, type MissingPage } from "./missing-events.ts";
import { notifyDue } from "./notify-due.ts";
import { ofType, recoveredPerSecond, renewedDeadline, rowsPerStep, within, type RecoveryFilter, type RecoveryKind, type RecoveryStep } from "./recovery-filter.ts";

/** In a transaction of its own, or one a page where payloads have to be read: neither memory nor a lock grows with the count. */
export async function countMatches(db: Database, tenantId: string, kind: RecoveryKind, filter: RecoveryFilter): Promise<number> {
  if (kind === "resend") return await db.tenantTransaction(tenantId, (tx) => countResendable(tx, tenantId, filter));
  const endpointId = filter.endpointId ?? "";
  const { filter: ofPayload } = await db.tenantTransaction(tenantId, (tx) => findEndpoint(tx, tenantId, endpointId));
  if (ofPayload === null) return await db.tenantTransaction(tenantId, (tx) => countCandidates(tx, tenantId, filter));
  let count = 0;
  let cursor: string | null = null;
  do {
    const from: string | null = cursor;
    const page: MissingPage = await db.tenantTransaction(tenantId, (tx) => missingPage(tx, tenantId, filter, from));
    count += page.wanted.length;
    cursor = page.cursor;
  } while (cursor !== null);
  return count;
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

async function countResendable(tx: Tx, tenantId: string, filter: RecoveryFilter): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>(Prisma.sql`SELECT count(*)::int AS count ${resendable(tenantId, filter)}`);
  return row?.count ?? 0;
}

async function resendStep(tx: Tx, tenantId: string, filter: RecoveryFilter, cursor: string | null): Promise<RecoveryStep> {
  const rows = await tx.$queryRaw<{ id: string; shard: number }[]>(Prisma.sql`
    SELECT d.id, d.shard ${resendable(tenantId, filter)} AND d.id > ${cursor ?? ""} ORDER BY d.id LIMIT ${rowsPerStep} FOR UPDATE OF d`);
  const ids = rows.map((row) => row.id);
  await tx.$executeRaw(Prisma.sql`
    UPDATE webhook_delivery d
    SET status = 'pending', next_attempt_at = now() + make_interval(secs => (t.place - 1)::float8 / ${recoveredPerSecond}), delivered_at = NULL,
        lease_until = NULL, lease_token = NULL, updated_at = now(), expires_at = ${renewedDeadline}
    FROM unnest(${ids}::text[]) WITH ORDINALITY AS t(id, place) WHERE d.tenant_id = ${tenantId} AND d.id = t.id`);
  await notifyDue(tx, rows.map((row) => row.shard));
  return { done: rows.length, cursor: rows.length < rowsPerStep ? null : (ids.at(-1) ?? null) };
}

/** A page of candidates: those among them that the endpoint wants become deliveries. */
async function routeAgainStep(tx: Tx, tenantId: string, filter: RecoveryFilter, cursor: string | null): Promise<RecoveryStep> {
  const page = await missingPage(tx, tenantId, filter, cursor);
  if (page.wanted.length === 0) return { done: 0, cursor: page.cursor };
  const done = await tx.$executeRaw(Prisma.sql`
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, ${tenantId}, t.event_id, t.endpoint_id, t.shard, 'pending', now() + make_interval(secs => (t.place - 1)::float8 / ${recoveredPerSecond})
    FROM unnest(${page.wanted.map(() => newId("dlv"))}::text[], ${page.wanted.map((event) => event.id)}::text[], ${page.wanted.map((event) => event.endpointId)}::text[], ${page.wanted.map((event) => event.shard)}::int[])
      WITH ORDINALITY AS t(id, event_id, endpoint_id, shard, place)
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING`);
  await notifyDue(tx, page.wanted.map((event) => event.shard));
  return { done, cursor: page.cursor };
}
