import type { AuditEntry } from "../../generated/prisma/client.ts";
import { transactionOf, type Database } from "../client.ts";

export interface AuditFilter {
  limit: number;
  cursor?: string | undefined;
  action?: string | undefined;
  subjectId?: string | undefined;
}

/** Newest first, one more than the limit; of a tenant, or of the platform itself (null). */
export async function listAuditEntries(db: Database, tenantId: string | null, filter: AuditFilter): Promise<AuditEntry[]> {
  return await transactionOf(db, tenantId, (tx) =>
    tx.auditEntry.findMany({
      where: {
        tenantId,
        ...(filter.action === undefined ? {} : { action: filter.action }),
        ...(filter.subjectId === undefined ? {} : { subjectId: filter.subjectId }),
        ...(filter.cursor === undefined ? {} : { id: { lt: filter.cursor } }),
      },
      orderBy: { id: "desc" },
      take: filter.limit + 1,
    }),
  );
}
