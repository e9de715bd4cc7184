import { Prisma } from "../../generated/prisma/client.ts";
import { breakAt, type ChainBreak, type ChainedEntry, type FindLink } from "../../security/audit-chain.ts";
import { transactionOf, type Database } from "../client.ts";

/** A chain's head as it was exported: its newest hash, and how many entries led to it. */
export interface AuditAnchor {
  hash: Uint8Array;
  entries: number;
}

export interface ChainVerdict {
  valid: boolean;
  entries: number;
  head: ChainHead | null;
  firstBroken: ChainBreak | null;
}

export interface ChainHead {
  id: string;
  position: bigint;
  hash: Uint8Array;
}

const batchSize = 500;

/** Walks a tenant's chain, or the platform's (null), from its first entry to the head that it has now. Entries added meanwhile are not looked at. */
export async function verifyChain(db: Database, tenantId: string | null, anchor?: AuditAnchor): Promise<ChainVerdict> {
  const { entries, head } = await readHead(db, tenantId);
  const firstBroken = await firstBreak(db, tenantId, { head, anchor });
  return { valid: firstBroken === null, entries, head, firstBroken };
}

async function firstBreak(db: Database, tenantId: string | null, { head, anchor }: { head: ChainHead | null; anchor: AuditAnchor | undefined }): Promise<ChainBreak | null> {
  const find: FindLink = (column, value) => hasLink(db, tenantId, { [column]: new Uint8Array(value) });
  let prior: ChainedEntry | null = null;
  for await (const entry of chainEntries(db, tenantId, head)) {
    const found = await breakAt(entry, prior, find);
    if (found !== null) return found;
    if (anchor !== undefined && entry.position === BigInt(anchor.entries) && Buffer.compare(anchor.hash, entry.hash ?? new Uint8Array()) !== 0) return { id: entry.id, reason: "rewritten" };
    prior = entry;
  }
  const stray = await findUnlinked(db, tenantId);
  if (stray !== null) return { id: stray, reason: "inserted" };
  return anchor !== undefined && BigInt(anchor.entries) > (prior?.position ?? 0n) ? { id: prior?.id ?? null, reason: "cut" } : null;
}

/** A chain's entries in order, up to a head; read in batches, each in a transaction of its own. */
export async function* chainEntries(db: Database, tenantId: string | null, head: ChainHead | null): AsyncGenerator<ChainedEntry> {
  if (head === null) return;
  let after = Prisma.sql`true`;
  for (;;) {
    const rows: ChainedEntry[] = await transactionOf(db, tenantId, (tx) => tx.$queryRaw`
      SELECT id, tenant_id AS "tenantId", at, actor_type AS "actorType", actor_id AS "actorId", source_ip AS "sourceIp", request_id AS "requestId", action,
        subject_type AS "subjectType", subject_id AS "subjectId", before::text AS before, after::text AS after, position, previous_hash AS "previousHash", hash
      FROM audit_entry WHERE ${ofChain(tenantId)} AND position <= ${head.position} AND ${after}
      ORDER BY position, id LIMIT ${batchSize}`);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return;
    after = Prisma.sql`(position, id) > (${last.position}, ${last.id})`;
  }
}

export async function readHead(db: Database, tenantId: string | null): Promise<{ entries: number; head: ChainHead | null }> {
  return await transactionOf(db, tenantId, async (tx) => {
    const heads = await tx.$queryRaw<ChainHead[]>`SELECT id, position, hash FROM audit_entry WHERE ${ofChain(tenantId)} AND position IS NOT NULL ORDER BY position DESC, id DESC LIMIT 1`;
    return { entries: await tx.auditEntry.count({ where: { tenantId, position: heads[0] === undefined ? null : { lte: heads[0].position } } }), head: heads[0] ?? null };
  });
}

/** A committed entry without a place in the chain came past the trigger. */
async function findUnlinked(db: Database, tenantId: string | null): Promise<string | null> {
  const row = await transactionOf(db, tenantId, (tx) => tx.auditEntry.findFirst({ where: { tenantId, position: null }, orderBy: { id: "asc" }, select: { id: true } }));
  return row?.id ?? null;
}

async function hasLink(db: Database, tenantId: string | null, link: Prisma.AuditEntryWhereInput): Promise<boolean> {
  return (await transactionOf(db, tenantId, (tx) => tx.auditEntry.count({ where: { tenantId, ...link } }))) > 0;
}

function ofChain(tenantId: string | null): Prisma.Sql {
  return tenantId === null ? Prisma.sql`tenant_id IS NULL` : Prisma.sql`tenant_id = ${tenantId}`;
}
