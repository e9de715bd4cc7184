import type { Caller } from "../../context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { newId } from "../../lib/ids.ts";
import type { Tx } from "../client.ts";

export interface AuditChange {
  /** `<noun>.<past>`, such as integration.created. */
  action: string;
  subjectType: string;
  subjectId: string;
  /** What stood before and after, without secrets: pass the resource as the API shows it. */
  before?: unknown;
  after?: unknown;
}

/**
 * Records who changed what, in the same transaction as the change. A null tenant is the platform itself. When the transaction
 * commits, the database links the entry to the one before it (migration audit_chain); audit-chain.ts verifies what it made.
 */
export async function recordAudit(tx: Tx, tenantId: string | null, caller: Caller, change: AuditChange): Promise<void> {
  await tx.auditEntry.create({
    data: {
      id: newId("aud"),
      tenantId,
      actorType: caller.actor.type,
      actorId: caller.actor.id ?? null,
      sourceIp: caller.sourceIp,
      requestId: caller.requestId,
      action: change.action,
      subjectType: change.subjectType,
      subjectId: change.subjectId,
      before: asJson(change.before),
      after: asJson(change.after),
    },
  });
}

function asJson(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === undefined || value === null ? Prisma.DbNull : (JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue);
}
