import type { Run } from "../../generated/prisma/client.ts";
import { notFound } from "../../lib/errors.ts";
import type { Database, Tx } from "../client.ts";

const workflowIdShape = /^[\x21-\x7e]{1,200}$/;

export interface RunFilter {
  limit: number;
  cursor?: string | undefined;
  status?: string | undefined;
  kind?: string | undefined;
}

/** Newest first, one more than the limit. */
export async function listRuns(db: Database, tenantId: string, filter: RunFilter): Promise<Run[]> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const after = filter.cursor === undefined ? null : await tx.run.findFirst({ where: { tenantId, workflowId: filter.cursor } });
    if (filter.cursor !== undefined && after === null) return [];
    return await tx.run.findMany({
      where: {
        tenantId,
        status: filter.status,
        kind: filter.kind,
        ...(after === null ? {} : { createdAt: { lte: after.createdAt }, NOT: { createdAt: after.createdAt, workflowId: { gte: after.workflowId } } }),
      },
      orderBy: [{ createdAt: "desc" }, { workflowId: "desc" }],
      take: filter.limit + 1,
    });
  });
}

/** @throws AppError not_found */
export async function getRun(tx: Tx, tenantId: string, workflowId: string): Promise<Run> {
  const row = workflowIdShape.test(workflowId) ? await tx.run.findFirst({ where: { tenantId, workflowId } }) : null;
  if (row === null) throw notFound("run");
  return row;
}
