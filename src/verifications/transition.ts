import type { Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { addTimelineEntry, type NewTimelineEntry } from "../db/repositories/timeline.ts";
import type { PlatformEventType } from "../domain/event-catalogue.ts";
import { isTerminal, type VerificationState, type VerificationStatus } from "../domain/verification.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";
import { loadVerification } from "./read.ts";
import { toVerificationResource, type VerificationRow } from "./resource.ts";

export interface Transition {
  next: VerificationState;
  /** What the run shows as its step. */
  step: string;
  timeline: Omit<NewTimelineEntry, "subjectId" | "kind">;
  rawStatus?: string | undefined;
  inviteUrl?: string | undefined;
  /** When the run moves next if nobody tells it anything; milliseconds since the epoch. */
  nextTimerAt?: number | undefined;
}

/** Moves a locked verification: row, attempt, run, timeline and the outbound event are one commit. */
export async function saveTransition(platform: Platform, tx: Tx, row: VerificationRow, change: Transition): Promise<void> {
  const { next } = change;
  const over = isTerminal(next.status);
  const now = new Date();
  await tx.verification.update({
    where: { id: row.id },
    data: { status: next.status, result: next.result, reasons: next.reasons, updatedAt: now, ...(change.inviteUrl === undefined ? {} : { inviteUrl: change.inviteUrl }) },
  });
  const attempt = row.tries.at(-1);
  if (attempt !== undefined) {
    await tx.verificationAttempt.update({
      where: { id: attempt.id },
      data: {
        status: next.status, result: next.result, reasons: next.reasons,
        ...(change.rawStatus === undefined ? {} : { rawStatus: change.rawStatus }),
        ...(over ? { endedAt: now } : {}),
      },
    });
  }
  await tx.run.update({
    where: { workflowId: row.workflowId },
    data: { status: runStatus(next.status), step: change.step, problem: null, updatedAt: now, nextTimer: over || next.status === "in_review" ? null : dateOf(change.nextTimerAt), ...(over ? { closedAt: now } : {}) },
  });
  const { status } = next;
  await addTimelineEntry(tx, row.tenantId, { ...change.timeline, subjectId: row.id, kind: `verification.${status}` });
  // "pending" is a step inside the provider: the timeline shows it, hosts are not woken for it.
  if (status === "pending") return;
  const type: PlatformEventType = `verification.${status}`;
  const resource = await toVerificationResource(platform, await loadVerification(tx, row.tenantId, row.id));
  await publishEvents(tx, row.tenantId, [{ type, payload: resource }]);
}

/** For a question that brought no news. */
export async function noteNextTimer(tx: Tx, workflowId: string, nextTimerAt: number | undefined): Promise<void> {
  await tx.run.update({ where: { workflowId }, data: { nextTimer: dateOf(nextTimerAt), updatedAt: new Date() } });
}

function dateOf(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}

function runStatus(status: VerificationStatus): string {
  return isTerminal(status) ? status : "running";
}
