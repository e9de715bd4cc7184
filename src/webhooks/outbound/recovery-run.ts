import type { Platform } from "../../context.ts";
import type { RecoverDeliveriesInput } from "../../domain/processes.ts";
import { recoveredPerSecond, type RecoveryFilter, type RecoveryKind } from "./recovery-filter.ts";
import { takeStep } from "./recovery-store.ts";

export interface RecoveryProgress {
  finished: boolean;
  matched: number;
  done: number;
  /** How long the rows of this step take to come due: the next step follows them. */
  waitMs: number;
}

interface JobRow {
  kind: RecoveryKind;
  filter: RecoveryFilter;
  status: string;
  matched: number;
  done: number;
  cursor: string | null;
}

/**
 * The next rows of a job. Cursor and counts are written with the rows in one transaction: a step that is repeated because
 * its answer was lost begins where it ended. A job that was cancelled is finished.
 */
export async function runRecoveryStep(platform: Platform, { tenantId, jobId }: RecoverDeliveriesInput): Promise<RecoveryProgress> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    const [job] = await tx.$queryRaw<JobRow[]>`SELECT kind, filter, status, matched, done, cursor FROM recovery_job WHERE tenant_id = ${tenantId} AND id = ${jobId} FOR UPDATE`;
    if (job === undefined || job.status !== "running") return { finished: true, matched: job?.matched ?? 0, done: job?.done ?? 0, waitMs: 0 };
    const step = await takeStep(tx, tenantId, job.kind, job.filter, job.cursor);
    const finished = step.cursor === null;
    const now = new Date();
    const { matched, done } = await tx.recoveryJob.update({
      where: { id: jobId },
      data: { done: { increment: step.done }, cursor: step.cursor, updatedAt: now, ...(finished ? { status: "done", finishedAt: now } : {}) },
    });
    return { finished, matched, done, waitMs: Math.ceil((step.done / recoveredPerSecond) * 1000) };
  });
}

/** The run was cancelled in Temporal: its job says so. */
export async function endRecovery(platform: Platform, { tenantId, jobId }: RecoverDeliveriesInput): Promise<void> {
  const now = new Date();
  await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.recoveryJob.updateMany({ where: { tenantId, id: jobId, status: "running" }, data: { status: "cancelled", cancelRequested: true, finishedAt: now, updatedAt: now } }),
  );
}
