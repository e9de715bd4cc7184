import { createHash } from "node:crypto";
import { ServiceError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import type { Caller, Platform } from "../context.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import { signalNames, updateNames, type DocumentNotice, type ReviewInput } from "../domain/processes.ts";
import { isTerminal, type ReviewDecision, type VerificationStatus } from "../domain/verification.ts";
import { isUniqueViolation } from "../db/client.ts";
import { AppError } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import type { DocumentKind } from "../providers/contract.ts";
import { isWorkflowGone } from "../temporal/gateway.ts";
import { enqueueCommand, sendCommandSoon } from "../temporal/outbox.ts";
import { getVerification, lockVerification } from "./read.ts";
import type { VerificationResource, VerificationRow } from "./resource.ts";

export interface NewDocument {
  kind: DocumentKind;
  country: string;
  side?: "front" | "back" | undefined;
  fileName: string;
  contentType: string;
  content: Buffer;
  /** The last one: the provider is asked to start its check. */
  complete: boolean;
}

export interface DocumentResource {
  id: string;
  kind: string;
  country: string;
  side: string | null;
  fileName: string;
  contentType: string;
  sizeBytes: number;
  status: string;
  createdAt: string;
}

const updateTimeoutMs = 8_000;

function requireOpen(row: VerificationRow): void {
  if (isTerminal(row.status as VerificationStatus)) throw new AppError("illegal_state", `The verification is ${row.status} already.`);
}

/** Stores a document, sealed, and tells the run to hand it to the provider. @throws AppError not_found, illegal_state, conflict */
export async function addDocument(platform: Platform, tenantId: string, verificationId: string, document: NewDocument, caller: Caller): Promise<DocumentResource> {
  const id = newId("doc");
  const content = new Uint8Array(await platform.vault.seal({ tenantId, table: "document", column: "content", id }, document.content));
  const sha256 = createHash("sha256").update(document.content).digest("hex");
  try {
    const { stored, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
      const verification = await lockVerification(tx, tenantId, verificationId);
      requireOpen(verification);
      const row = await tx.document.create({
        data: {
          id, tenantId, verificationId, candidateId: verification.candidateId, kind: document.kind, country: document.country, side: document.side ?? null,
          fileName: document.fileName, contentType: document.contentType, sizeBytes: document.content.length, sha256, content,
        },
        omit: { content: true },
      });
      await addTimelineEntry(tx, tenantId, { subjectId: verificationId, kind: "document.added", actor: caller.actor, summary: `A document was added (${document.kind.replaceAll("_", " ")}).` });
      await recordAudit(tx, tenantId, caller, { action: "document.added", subjectType: "document", subjectId: id, after: { verificationId, kind: document.kind, sha256 } });
      const command = { kind: "signal" as const, workflowId: verification.workflowId, signalName: signalNames.documentAdded, args: [id, { complete: document.complete } satisfies DocumentNotice] };
      return { stored: row, commandId: await enqueueCommand(tx, tenantId, command) };
    });
    await sendCommandSoon(platform, commandId);
    const { kind, country, side, fileName, contentType, sizeBytes, status, createdAt } = stored;
    return { id, kind, country, side, fileName, contentType, sizeBytes, status, createdAt: createdAt.toISOString() };
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError("conflict", "The same document was added to this verification before.");
    throw error;
  }
}

/**
 * Decides a review. An Update with a validator: an illegal decision never enters the run's history. The audit entry is
 * written with the change itself, by the run.
 * @throws AppError not_found, illegal_state, unavailable when no worker answers in time (the decision may still arrive).
 */
export async function resolveReview(
  platform: Platform,
  tenantId: string,
  id: string,
  review: { decision: ReviewDecision; reason: string },
  caller: Caller,
): Promise<VerificationResource> {
  const before = await getVerification(platform, tenantId, id);
  if (before.status !== "in_review") throw new AppError("illegal_state", `The verification is ${before.status}; only one in review can be decided.`);
  const input: ReviewInput = { ...review, ...caller };
  const handle = platform.temporal.client.workflow.getHandle(before.workflowId);
  try {
    await platform.temporal.client.connection.withDeadline(Date.now() + updateTimeoutMs, () =>
      // One review, one update id: a repeated click meets the first answer.
      handle.executeUpdate<void, [ReviewInput]>(updateNames.resolveReview, { args: [input], updateId: `review/${id}` }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new AppError("illegal_state", error.cause?.message ?? "The decision was refused.", { cause: error });
    if (isWorkflowGone(error)) throw new AppError("illegal_state", "The verification has ended.", { cause: error });
    if (error instanceof ServiceError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new AppError("unavailable", "The decision could not be handed over; try again.", { cause: error, retryAfterSeconds: 5 });
    }
    throw error;
  }
  return await getVerification(platform, tenantId, id);
}

export async function requestResend(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<VerificationResource> {
  return await request(platform, tenantId, id, signalNames.invitationRequested, { action: "verification.resend_requested", summary: "A new invitation was requested." }, caller);
}

export async function requestCancel(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<VerificationResource> {
  return await request(platform, tenantId, id, signalNames.cancelRequested, { action: "verification.cancel_requested", summary: "Cancellation was requested." }, caller);
}

async function request(
  platform: Platform,
  tenantId: string,
  id: string,
  signalName: string,
  words: { action: string; summary: string },
  caller: Caller,
): Promise<VerificationResource> {
  const commandId = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const row = await lockVerification(tx, tenantId, id);
    requireOpen(row);
    await addTimelineEntry(tx, tenantId, { subjectId: id, kind: words.action, actor: caller.actor, summary: words.summary });
    await recordAudit(tx, tenantId, caller, { action: words.action, subjectType: "verification", subjectId: id });
    return await enqueueCommand(tx, tenantId, { kind: "signal", workflowId: row.workflowId, signalName, args: [caller.actor] });
  });
  await sendCommandSoon(platform, commandId);
  return await getVerification(platform, tenantId, id);
}
