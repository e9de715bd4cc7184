import { Context } from "@temporalio/activity";
import type { Platform } from "../src/context.ts";
import type { Tx } from "../src/db/client.ts";
import { recordAudit } from "../src/db/repositories/audit.ts";
import { addTimelineEntry } from "../src/db/repositories/timeline.ts";
import type { Actor, ReviewInput, VerifyIdentityInput } from "../src/domain/processes.ts";
import { applyDecision, isTerminal, reviewedResult, type ReviewPolicy, type VerificationCheck, type VerificationResult, type VerificationState, type VerificationStatus } from "../src/domain/verification.ts";
import { noteIntegrationHealth } from "../src/integrations/health.ts";
import { ensureWebhookSubscription, openIntegration, type OpenIntegration } from "../src/integrations/open-integration.ts";
import { bestEffort } from "../src/lib/logger.ts";
import { newId } from "../src/lib/ids.ts";
import type { IdentityVerification, VendorObject } from "../src/providers/contract.ts";
import { ProviderError } from "../src/providers/provider-error.ts";
import { handOverDocument } from "../src/verifications/hand-over-document.ts";
import { decisionWords, reviewWords, stuckWords } from "../src/verifications/words.ts";
import { loadVerification, lockVerification } from "../src/verifications/read.ts";
import { candidatePlace, toVerificationResource, type CandidateDetails, type VerificationRow } from "../src/verifications/resource.ts";
import { noteNextTimer, saveTransition } from "../src/verifications/transition.ts";
import { ownObject } from "../src/webhooks/inbound/own-object.ts";
import { publishEvents } from "../src/webhooks/outbound/publish.ts";
import { toActivityFailure } from "./provider-failure.ts";

export interface VerificationPlan {
  /** Milliseconds since the epoch. */
  deadlineAt: number;
  reminderAts: number[];
  /** First waits before asking the provider, while it is the candidate's turn and while it is the provider's; they double up to maxMs. */
  poll: { candidateMs: number; providerMs: number; maxMs: number };
}

export type StatusAnswer = { status: VerificationStatus };
export type VerificationActivities = ReturnType<typeof createVerificationActivities>;

const dayMs = 24 * 3_600_000;
const reminderDays = [2, 7, 14, 21, 28, 45, 60, 75];
/** At this try a provider's silence is worth a line on the timeline. */
const tellAtAttempt = 3;

/** The steps of verifyIdentity. Each is idempotent by the verification's id and the row's own state; run ids play no part. */
export function createVerificationActivities(platform: Platform) {
  const inTenant = platform.db.tenantTransaction.bind(platform.db);

  /** Opens the verification's provider, keeps the integration's health in step, and turns errors into Temporal's. */
  async function withProvider<T>(input: VerifyIdentityInput, work: (vendor: Vendor) => Promise<T>): Promise<T> {
    const row = await inTenant(input.tenantId, (tx) => loadVerification(tx, input.tenantId, input.verificationId));
    const health = (error: ProviderError | null): Promise<unknown> =>
      bestEffort(noteIntegrationHealth(platform, input.tenantId, row.integrationId, error), "the integration's health is a display", platform.logger);
    const attempt = Context.current().info.attempt;
    try {
      const opened = await openIntegration(platform, input.tenantId, row.integrationId);
      const identity = opened.connection.identityVerification;
      if (identity === undefined) throw new ProviderError(row.provider, "invalid", `${opened.provider.manifest.name} does not verify identities`);
      const result = await work({ ...opened, identity, row, name: opened.provider.manifest.name });
      if ((opened.integration.health as { ok?: boolean }).ok !== true) await health(null);
      return result;
    } catch (error) {
      if (error instanceof ProviderError) {
        await health(error);
        if (attempt === tellAtAttempt) await bestEffort(tellSilence(input, error), "the next try may work", platform.logger);
      }
      throw toActivityFailure(error, attempt);
    }
  }

  async function tellSilence(input: VerifyIdentityInput, error: ProviderError): Promise<void> {
    await inTenant(input.tenantId, (tx) =>
      addTimelineEntry(tx, input.tenantId, {
        subjectId: input.verificationId, kind: "provider.not_answering", actor: { type: "system" },
        summary: `${error.message}; Waystation keeps trying.`, dedupeKey: `silence/${Context.current().info.activityId}`,
      }),
    );
  }

  /** Moves to a terminal status unless one was reached before; repeated calls answer what is. */
  async function finish(input: VerifyIdentityInput, status: VerificationStatus, words: { summary: string; actor: Actor; step: string }): Promise<StatusAnswer> {
    return await inTenant(input.tenantId, async (tx) => {
      const row = await lockVerification(tx, input.tenantId, input.verificationId);
      if (isTerminal(row.status as VerificationStatus)) return { status: row.status as VerificationStatus };
      await saveTransition(platform, tx, row, { next: { status, result: null, reasons: row.reasons }, step: words.step, timeline: { actor: words.actor, summary: words.summary } });
      return { status };
    });
  }

  return {
    async loadPlan(input: VerifyIdentityInput): Promise<VerificationPlan> {
      const row = await inTenant(input.tenantId, (tx) => loadVerification(tx, input.tenantId, input.verificationId));
      const { integration, provider } = await openIntegration(platform, input.tenantId, row.integrationId);
      const deadlineAt = row.expiresAt.getTime();
      const sandbox = integration.mode === "sandbox";
      return {
        deadlineAt,
        reminderAts: reminderDays.map((days) => row.createdAt.getTime() + days * dayMs).filter((at) => at < deadlineAt),
        poll: sandbox
          ? { candidateMs: 3_000, providerMs: 2_000, maxMs: dayMs }
          : { candidateMs: 3_600_000, providerMs: Math.max(60_000, provider.manifest.usualAnswerMs * 2), maxMs: dayMs },
      };
    },

    async createApplicant(input: VerifyIdentityInput): Promise<void> {
      await withProvider(input, async (vendor) => {
        await ensureWebhookSubscription(platform, vendor);
        const details = await platform.vault.openJson<CandidateDetails>(candidatePlace(input.tenantId, vendor.row.candidate.id), vendor.row.candidate.personal);
        // The vendor keeps our id: a call whose answer was lost finds the applicant that it made.
        const { reference } = await vendor.identity.createApplicant({ ...details, externalId: input.verificationId, checks: vendor.row.checks as VerificationCheck[] });
        await inTenant(input.tenantId, async (tx) => {
          await ownObject(tx, input.tenantId, { integrationId: vendor.integration.id, kind: "applicant", reference, workflowId: vendor.row.workflowId });
          await tx.verificationAttempt.createMany({
            data: [{ id: newId("vat"), tenantId: input.tenantId, verificationId: input.verificationId, number: 1, integrationId: vendor.integration.id, provider: vendor.row.provider, reference, status: "created", reasons: [] }],
            skipDuplicates: true,
          });
          await addTimelineEntry(tx, input.tenantId, {
            subjectId: input.verificationId, kind: "applicant.created", actor: { type: "system" },
            summary: `The candidate was registered with ${vendor.name}.`, details: { reference }, dedupeKey: `applicant/${reference}`,
          });
        });
      });
    },

    async inviteCandidate(input: VerifyIdentityInput & { round: number; nextTimerAt?: number }): Promise<StatusAnswer> {
      return await withProvider(input, async (vendor) => {
        const { url: inviteUrl, objects } = await createInvitation(vendor, input);
        return await inTenant(input.tenantId, async (tx) => {
          const row = await lockVerification(tx, input.tenantId, input.verificationId);
          await ownObjects(tx, vendor, objects);
          const status = row.status as VerificationStatus;
          if (isTerminal(status)) return { status };
          const summary = input.round === 1 ? "The candidate was invited." : "The candidate was invited again, with a new link.";
          if (status === "created") {
            await saveTransition(platform, tx, row, { next: { status: "invited", result: null, reasons: [] }, step: "Waiting for the candidate", timeline: { actor: { type: "system" }, summary }, inviteUrl, nextTimerAt: input.nextTimerAt });
            return { status: "invited" as const };
          }
          await tx.verification.update({ where: { id: row.id }, data: { inviteUrl, updatedAt: new Date() } });
          await addTimelineEntry(tx, input.tenantId, { subjectId: row.id, kind: "candidate.invited_again", actor: { type: "system" }, summary, dedupeKey: `invite/${input.round}` });
          return { status };
        });
      });
    },

    async submitDocument(input: VerifyIdentityInput & { documentId: string; complete?: boolean }): Promise<void> {
      await withProvider(input, async (vendor) => {
        const document = await inTenant(input.tenantId, (tx) => tx.document.findFirst({ where: { tenantId: input.tenantId, id: input.documentId } }));
        const reference = vendor.row.tries.at(-1)?.reference;
        if (document === null || reference == null) return;
        await handOverDocument(platform, document, { ...vendor, reference });
        if (input.complete !== true) return;
        const asked = await vendor.identity.requestCheck?.({ reference, checks: vendor.row.checks as VerificationCheck[] });
        await inTenant(input.tenantId, (tx) => ownObjects(tx, vendor, asked?.objects));
      });
    },

    /** Fetches the truth and lets the state machine decide whether it is news. */
    async checkProvider(input: VerifyIdentityInput & { cause: "webhook" | "poll" | "person"; nextTimerAt?: number }): Promise<StatusAnswer> {
      return await withProvider(input, async (vendor) => {
        const reference = vendor.row.tries.at(-1)?.reference;
        if (reference == null) return { status: vendor.row.status as VerificationStatus };
        const decision = await vendor.identity.fetchDecision({ reference });
        const expected = applyDecision(stateOf(vendor.row), decision, vendor.row.reviewPolicy as ReviewPolicy);
        const invitation = expected?.status === "needs_input" ? await createInvitation(vendor, input) : undefined;
        return await inTenant(input.tenantId, async (tx) => {
          const row = await lockVerification(tx, input.tenantId, input.verificationId);
          await ownObjects(tx, vendor, invitation?.objects);
          const next = applyDecision(stateOf(row), decision, row.reviewPolicy as ReviewPolicy);
          if (next === null) {
            await noteNextTimer(tx, row.workflowId, input.nextTimerAt);
            return { status: row.status as VerificationStatus };
          }
          const words = decisionWords(next, vendor.name, input.cause);
          await saveTransition(platform, tx, row, { next, step: words.step, timeline: { actor: { type: "provider", id: row.provider }, summary: words.summary, details: { rawStatus: decision.rawStatus, learnedBy: input.cause } }, rawStatus: decision.rawStatus, inviteUrl: invitation?.url, nextTimerAt: input.nextTimerAt });
          return { status: next.status };
        });
      });
    },

    async remindCandidate(input: VerifyIdentityInput & { reminderNumber: number }): Promise<void> {
      await inTenant(input.tenantId, async (tx) => {
        const row = await lockVerification(tx, input.tenantId, input.verificationId);
        const dedupeKey = `reminder/${input.reminderNumber}`;
        const told = await tx.timelineEntry.count({ where: { tenantId: input.tenantId, subjectId: row.id, dedupeKey } });
        if (told > 0 || isTerminal(row.status as VerificationStatus)) return;
        await addTimelineEntry(tx, input.tenantId, { subjectId: row.id, kind: "candidate.reminded", actor: { type: "system" }, summary: `Reminder ${input.reminderNumber} for the candidate is due.`, dedupeKey });
        await publishEvents(tx, input.tenantId, [{ type: "verification.reminded", payload: await toVerificationResource(platform, row) }]);
      });
    },

    async decideReview(input: VerifyIdentityInput & { review: ReviewInput }): Promise<StatusAnswer> {
      return await inTenant(input.tenantId, async (tx) => {
        const row = await lockVerification(tx, input.tenantId, input.verificationId);
        if (row.status !== "in_review") return { status: row.status as VerificationStatus };
        const { decision, reason, actor, sourceIp = null, requestId = null } = input.review;
        const result = reviewedResult(decision);
        await saveTransition(platform, tx, row, {
          next: { status: "completed", result, reasons: row.reasons }, step: "Done",
          timeline: { actor, summary: reviewWords(decision, reason) },
        });
        await recordAudit(tx, input.tenantId, { actor, sourceIp, requestId }, { action: "verification.reviewed", subjectType: "verification", subjectId: row.id, after: { decision, reason } });
        return { status: "completed" as const };
      });
    },

    /** Writes down what the run is stuck on, or that it goes on again. */
    async noteProblem(input: VerifyIdentityInput & { step: string; problem: string | null }): Promise<void> {
      await inTenant(input.tenantId, async (tx) => {
        const row = await loadVerification(tx, input.tenantId, input.verificationId);
        const run = await tx.run.findUnique({ where: { workflowId: row.workflowId } });
        if (run === null || run.problem === input.problem) return;
        await tx.run.update({ where: { workflowId: row.workflowId }, data: { problem: input.problem, status: input.problem === null ? "running" : "stuck", step: input.step, updatedAt: new Date() } });
        const words = stuckWords(input.step, input.problem);
        await addTimelineEntry(tx, input.tenantId, { subjectId: row.id, kind: words.kind, actor: { type: "system" }, summary: words.summary });
      });
    },

    expire: (input: VerifyIdentityInput) =>
      finish(input, "expired", { summary: "The verification expired: its deadline passed without a decision.", actor: { type: "system" }, step: "Expired" }),
    cancel: (input: VerifyIdentityInput & { by: Actor }) => finish(input, "cancelled", { summary: "The verification was cancelled.", actor: input.by, step: "Cancelled" }),
    fail: (input: VerifyIdentityInput & { reason: string }) => finish(input, "failed", { summary: `The verification failed: ${input.reason}.`, actor: { type: "system" }, step: "Failed" }),
  };
}

type Vendor = OpenIntegration & { identity: IdentityVerification; row: VerificationRow; name: string };

function stateOf(row: VerificationRow): VerificationState {
  return { status: row.status as VerificationStatus, result: row.result as VerificationResult | null, reasons: row.reasons };
}

async function createInvitation(vendor: Vendor, input: VerifyIdentityInput): Promise<{ url: string; objects?: VendorObject[] }> {
  const ttlSeconds = Math.max(600, Math.floor((vendor.row.expiresAt.getTime() - Date.now()) / 1000));
  const reference = vendor.row.tries.at(-1)?.reference;
  if (reference == null) throw new ProviderError(vendor.row.provider, "not_found", "the applicant is not known yet");
  return await vendor.identity.createInvitation({ reference, externalId: input.verificationId, ttlSeconds, checks: vendor.row.checks as VerificationCheck[] });
}

/** News about these go to the verification's run. */
async function ownObjects(tx: Tx, { integration, row }: Vendor, objects: VendorObject[] = []): Promise<void> {
  for (const object of objects) await ownObject(tx, row.tenantId, { ...object, integrationId: integration.id, workflowId: row.workflowId });
}
