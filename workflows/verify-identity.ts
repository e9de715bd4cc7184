import {
  allHandlersFinished, CancellationScope, condition, defineQuery, defineSignal, defineUpdate, isCancellation, proxyActivities, setHandler, ApplicationFailure,
} from "@temporalio/workflow";
import type { VerificationActivities, VerificationPlan } from "../activities/verification.ts";
import { queryNames, signalNames, taskQueues, updateNames, type Actor, type DocumentNotice, type ProviderNews, type ReviewInput, type VerificationProgress, type VerifyIdentityInput } from "../src/domain/processes.ts";
import { candidateActs, isTerminal, type VerificationStatus } from "../src/domain/verification.ts";
import * as profiles from "./shared/profiles.ts";
import { Journal } from "./shared/journal.ts";
import { CancelledByPerson, DeadlinePassed, ProviderRefused, untilDone } from "./shared/until-done.ts";
import { waitForDecision } from "./shared/wait-for-decision.ts";

const store = proxyActivities<VerificationActivities>({ ...profiles.storage, taskQueue: taskQueues.integrations });
const vendor = proxyActivities<VerificationActivities>({ ...profiles.provider, taskQueue: taskQueues.integrations });

export const providerNotified = defineSignal<[ProviderNews[]]>(signalNames.providerNotified);
export const documentAdded = defineSignal<[string, DocumentNotice?]>(signalNames.documentAdded);
export const invitationRequested = defineSignal<[Actor]>(signalNames.invitationRequested);
export const cancelRequested = defineSignal<[Actor]>(signalNames.cancelRequested);
export const retryRequested = defineSignal<[Actor]>(signalNames.retryRequested);
export const resolveReview = defineUpdate<void, [ReviewInput]>(updateNames.resolveReview);
export const progress = defineQuery<VerificationProgress>(queryNames.progress);

type Incoming = { kind: "news" } | { kind: "document"; id: string; complete: boolean } | { kind: "resend" } | { kind: "retry" } | { kind: "reviewed" };

/**
 * Verifies a candidate's identity with one provider.
 *
 * The applicant is created, the candidate is invited, documents that HR hands in are passed on; then the run waits for
 * the provider's decision, which is always fetched: a webhook (providerNotified) is only a hint, and a poll comes when
 * none arrives. An unsure result waits for a person (resolveReview). The API signals documentAdded, invitationRequested,
 * cancelRequested and retryRequested. Ends completed, expired, cancelled or failed.
 */
export async function verifyIdentity(input: VerifyIdentityInput): Promise<{ status: VerificationStatus }> {
  return await new Verification(input).run();
}

class Verification {
  private readonly input: VerifyIdentityInput;
  private readonly journal = new Journal();
  private readonly inbox: Incoming[] = [];
  private readonly seenNews = new Set<string>();
  private readonly seenDocuments = new Set<string>();
  private status: VerificationStatus = "created";
  private cancelledBy: Actor | null = null;
  private retryAsked = false;
  private reviewTaken = false;
  private invitations = 0;
  private pollWaitMs = 0;

  constructor(input: VerifyIdentityInput) {
    this.input = input;
    this.listen();
  }

  async run(): Promise<{ status: VerificationStatus }> {
    try {
      await this.story();
    } catch (error) {
      if (error instanceof CancelledByPerson) await this.cancel(this.cancelledBy ?? { type: "system" });
      else if (error instanceof DeadlinePassed) await this.expire();
      else if (error instanceof ProviderRefused) await this.fail(error.message);
      else if (isCancellation(error)) await CancellationScope.nonCancellable(() => this.cancel({ type: "system" }));
      else throw error;
    }
    await condition(allHandlersFinished);
    return { status: this.status };
  }

  private async story(): Promise<void> {
    const plan = await store.loadPlan(this.input);
    await this.step(plan, "Create the applicant", () => vendor.createApplicant(this.input));
    await this.invite(plan);
    this.restartPolling(plan);
    while (!isTerminal(this.status)) await this.waitAndAct(plan);
  }

  private async waitAndAct(plan: VerificationPlan): Promise<void> {
    const reviewing = this.status === "in_review";
    this.journal.waitingFor(reviewing ? "a reviewer" : candidateActs(this.status) ? "the candidate" : "the provider");
    const wake = await waitForDecision({
      inbox: this.inbox,
      // The deadline is the candidate's and the provider's; a review waits for its person.
      deadlineAt: reviewing ? null : plan.deadlineAt,
      nextReminderAt: this.nextReminderAt(plan),
      nextPollAt: reviewing ? null : Date.now() + this.pollWaitMs,
    });
    if (this.cancelledBy !== null) throw new CancelledByPerson();
    if (wake.kind === "deadline") return await this.lastLook(plan);
    if (wake.kind === "reminder") return await store.remindCandidate({ ...this.input, reminderNumber: plan.reminderAts.filter((at) => at <= Date.now()).length });
    if (wake.kind === "poll") return await this.check(plan, "poll");
    switch (wake.item.kind) {
      case "news":
        return await this.check(plan, "webhook");
      case "retry":
        return await this.check(plan, "person");
      case "resend":
        return await this.invite(plan);
      case "document": {
        const { id: documentId, complete } = wake.item;
        return await this.step(plan, "Hand a document to the provider", () => vendor.submitDocument({ ...this.input, documentId, complete }));
      }
      case "reviewed":
        return;
    }
  }

  /** Fetches the truth and lets the state machine decide whether it is news. */
  private async check(plan: VerificationPlan, cause: "webhook" | "poll" | "person"): Promise<void> {
    const before = this.status;
    if (isTerminal(before) || before === "in_review") return;
    if (cause === "poll") this.pollWaitMs = Math.min(this.pollWaitMs * 2, plan.poll.maxMs);
    await this.step(plan, "Ask the provider", async () => {
      this.status = (await vendor.checkProvider({ ...this.input, cause, nextTimerAt: this.nextTimerAt(plan) })).status;
    });
    if (this.status === before) return;
    this.journal.note(this.status);
    this.restartPolling(plan);
  }

  private async lastLook(plan: VerificationPlan): Promise<void> {
    const before = this.status;
    try {
      this.status = (await vendor.checkProvider({ ...this.input, cause: "poll", nextTimerAt: plan.deadlineAt })).status;
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
    if (this.status === before || !(isTerminal(this.status) || this.status === "in_review")) throw new DeadlinePassed();
    this.restartPolling(plan);
  }

  private async invite(plan: VerificationPlan): Promise<void> {
    this.invitations += 1;
    const round = this.invitations;
    await this.step(plan, "Invite the candidate", async () => {
      this.status = (await vendor.inviteCandidate({ ...this.input, round, nextTimerAt: Date.now() + plan.poll.candidateMs })).status;
    });
  }

  /** One step with the provider: tried, shown when it is stuck, tried again when asked, given up at the deadline. */
  private async step(plan: VerificationPlan, name: string, work: () => Promise<void>): Promise<void> {
    await untilDone({
      name,
      work,
      journal: this.journal,
      deadlineAt: plan.deadlineAt,
      cancelled: () => this.cancelledBy !== null,
      takeRetry: () => {
        const asked = this.retryAsked;
        this.retryAsked = false;
        return asked;
      },
      report: (problem) => store.noteProblem({ ...this.input, step: name, problem }),
    });
  }

  private async cancel(by: Actor): Promise<void> {
    this.status = (await store.cancel({ ...this.input, by })).status;
    this.journal.note(this.status);
  }

  private async expire(): Promise<void> {
    this.status = (await store.expire(this.input)).status;
    this.journal.note(this.status);
  }

  private async fail(reason: string): Promise<void> {
    this.status = (await store.fail({ ...this.input, reason })).status;
    this.journal.note(this.status);
  }

  private nextReminderAt(plan: VerificationPlan): number | null {
    return candidateActs(this.status) ? (plan.reminderAts.find((at) => at > Date.now()) ?? null) : null;
  }

  /** When the run moves next if nobody tells it anything: what lists show. */
  private nextTimerAt(plan: VerificationPlan): number {
    return Math.min(plan.deadlineAt, this.nextReminderAt(plan) ?? plan.deadlineAt, Date.now() + this.pollWaitMs);
  }

  private restartPolling(plan: VerificationPlan): void {
    this.pollWaitMs = candidateActs(this.status) ? plan.poll.candidateMs : plan.poll.providerMs;
  }

  private listen(): void {
    setHandler(providerNotified, (news) => {
      const fresh = news.filter((item) => !this.seenNews.has(item.inboundEventId));
      for (const item of fresh) this.seenNews.add(item.inboundEventId);
      // One question answers any number of hints.
      if (fresh.length > 0 && !this.inbox.some((item) => item.kind === "news")) this.inbox.push({ kind: "news" });
    });
    setHandler(documentAdded, (id, notice) => {
      if (this.seenDocuments.has(id)) return;
      this.seenDocuments.add(id);
      this.inbox.push({ kind: "document", id, complete: notice?.complete === true });
    });
    setHandler(invitationRequested, () => void this.inbox.push({ kind: "resend" }));
    setHandler(retryRequested, () => {
      if (this.journal.problem === null) this.inbox.push({ kind: "retry" });
      else this.retryAsked = true;
    });
    setHandler(cancelRequested, (by) => {
      this.cancelledBy ??= by;
      this.inbox.push({ kind: "retry" });
    });
    setHandler(resolveReview, (review) => this.review(review), {
      validator: (review) => {
        if (this.status !== "in_review" || this.reviewTaken) throw ApplicationFailure.nonRetryable("The verification is not waiting for a review.", "IllegalState");
        if (review.decision !== "approve" && review.decision !== "reject") throw ApplicationFailure.nonRetryable("The decision must be approve or reject.", "Invalid");
      },
    });
    setHandler(progress, () => ({ status: this.status, step: this.journal.step, problem: this.journal.problem }));
  }

  private async review(review: ReviewInput): Promise<void> {
    this.reviewTaken = true;
    this.status = (await store.decideReview({ ...this.input, review })).status;
    this.journal.note(this.status);
    this.inbox.push({ kind: "reviewed" });
  }
}
