import { type MagicTag, magicTagsOf, type SandboxWorld } from "../sandbox-contract.ts";
import { signedWebhook, type StoredWebhook, webhookPayload } from "./sandbox-webhook.ts";

export interface ReviewResult {
  reviewAnswer?: "GREEN" | "RED";
  reviewRejectType?: "FINAL" | "RETRY";
  rejectLabels?: string[];
}

export interface StoredApplicant {
  id: string;
  inspectionId: string;
  externalUserId: string;
  email?: string;
  review: { levelName: string; createDate: string; attemptCnt: number; reviewStatus: string; reviewResult?: ReviewResult };
  /** Never answered: what the stand-in itself needs to know. */
  sandbox: { account: string; started: boolean; held: HeldWebhook[] };
  [field: string]: unknown;
}

export interface StoredAction {
  id: string;
  applicantId: string;
  externalActionId: string;
  review: { levelName: string; reviewStatus: string; reviewResult?: ReviewResult };
}

type HeldWebhook = Record<string, unknown> & { type: string };

const lateSteps = 10;
/** Nobody sent a new link: the person comes back by themselves after a while. */
const resubmissionSteps = 20;

/** Plays the candidate and Sumsub's reviewers: the link is opened, papers are handed in, an answer is given. */
export class SimulatedPerson {
  private readonly world: SandboxWorld;

  constructor(world: SandboxWorld) {
    this.world = world;
    world.onTask("submit", (payload) => this.submit(String(payload["applicantId"])));
    world.onTask("review", (payload) => this.review(String(payload["applicantId"])));
    world.onTask("endAction", (payload) => this.endAction(String(payload["actionId"])));
  }

  created(applicant: StoredApplicant): void {
    this.notify(applicant, "applicantCreated");
  }

  /** The person received a link: the first one, or another after being asked again, is followed a step later. */
  start(applicant: StoredApplicant): void {
    const askedAgain = applicant.review.reviewResult?.reviewRejectType === "RETRY";
    if (askedAgain) return this.later("submit", applicant.id, 1);
    if (applicant.sandbox.started || magicTagsOf(applicant.email).includes("expire")) return;
    applicant.sandbox.started = true;
    this.save(applicant);
    this.later("submit", applicant.id, 1);
  }

  /** Papers are complete: an answer follows a step later. Does nothing when that is so already. */
  submit(applicantId: string): void {
    const applicant = this.find(applicantId);
    const { review } = applicant ?? {};
    const open = review?.reviewStatus === "init" || review?.reviewResult?.reviewRejectType === "RETRY";
    if (!applicant || !review || !open) return;
    applicant.sandbox.started = true;
    applicant.review = { ...review, reviewStatus: "pending", attemptCnt: review.attemptCnt + 1, reviewResult: undefined };
    this.save(applicant);
    this.notify(applicant, "applicantPending");
    this.later("review", applicant.id, 1);
  }

  /** One more check of a person who is known: it is told, and answered a step later. */
  acted(applicant: StoredApplicant, action: StoredAction): void {
    this.send(applicant, this.actionWebhook(applicant, action, "applicantActionPending"), 0);
    this.world.schedule({ task: "endAction", delayMs: this.world.stepMs, payload: { actionId: action.id } });
  }

  /** Ongoing monitoring found a name on its lists: the review is open again, for the customer's officer. */
  monitored(applicant: StoredApplicant): void {
    applicant.review = { ...applicant.review, reviewStatus: "onHold", reviewResult: { rejectLabels: ["SANCTIONS"] } };
    this.save(applicant);
    for (const type of ["amlCaseOnHold", "applicantOnHold"]) this.notify(applicant, type);
  }

  private endAction(actionId: string): void {
    const action = this.world.objects("applicantActions").get(actionId) as unknown as StoredAction | undefined;
    const applicant = action && this.find(action.applicantId);
    if (!action || !applicant) return;
    const { reviewResult } = decide(magicTagsOf(applicant.email), 2);
    const ended = { ...action, review: { ...action.review, reviewStatus: "completed", reviewResult } };
    this.world.objects("applicantActions").put(actionId, { ...ended });
    this.send(applicant, this.actionWebhook(applicant, ended, "applicantActionReviewed"), 0);
  }

  private actionWebhook(applicant: StoredApplicant, action: StoredAction, type: string): HeldWebhook {
    const { levelName, ...review } = action.review;
    return { ...webhookPayload({ ...applicant, levelName }, new Date()), type, ...review, applicantActionId: action.id, externalApplicantActionId: action.externalActionId };
  }

  private review(applicantId: string): void {
    const applicant = this.find(applicantId);
    if (applicant?.review.reviewStatus !== "pending") return;
    const { reviewStatus, reviewResult } = decide(magicTagsOf(applicant.email), applicant.review.attemptCnt);
    applicant.review = { ...applicant.review, reviewStatus, reviewResult };
    const { held } = applicant.sandbox;
    applicant.sandbox.held = [];
    this.save(applicant);
    this.notify(applicant, reviewStatus === "onHold" ? "applicantOnHold" : "applicantReviewed");
    // The ones held back by +shuffle arrive after the answer, the last one first.
    held.reverse().forEach((webhook, index) => this.send(applicant, webhook, index + 1));
    if (reviewResult.reviewRejectType === "RETRY") this.later("submit", applicant.id, resubmissionSteps);
  }

  private notify(applicant: StoredApplicant, type: string): void {
    const tags = magicTagsOf(applicant.email);
    if (tags.includes("silent")) return;
    const webhook = {
      ...webhookPayload({ ...applicant, levelName: applicant.review.levelName }, new Date()),
      type,
      reviewStatus: applicant.review.reviewStatus,
      ...(applicant.review.reviewResult ? { reviewResult: applicant.review.reviewResult } : {}),
    };
    const first = applicant.review.attemptCnt <= 1 && (type === "applicantCreated" || type === "applicantPending");
    if (tags.includes("shuffle") && first) {
      applicant.sandbox.held.push(webhook);
      this.save(applicant);
    } else {
      this.send(applicant, webhook, 0);
    }
  }

  /** To every webhook of the account that asked for the type. */
  private send(applicant: StoredApplicant, payload: HeldWebhook, steps: number): void {
    const tags = magicTagsOf(applicant.email);
    if (tags.includes("silent")) return;
    const delayMs = (steps + (tags.includes("late") ? lateSteps : 0)) * this.world.stepMs;
    const webhooks = this.world.objects("webhooks").list() as StoredWebhook[];
    for (const webhook of webhooks.filter((each) => each.account === applicant.sandbox.account && each.types.includes(payload.type))) {
      const { headers, body } = signedWebhook(Buffer.from(JSON.stringify(payload)), webhook);
      const copies = tags.includes("duplicate") ? 3 : 1;
      for (let copy = 0; copy < copies; copy++) this.world.sendWebhook({ url: webhook.target, headers, body, delayMs });
    }
  }

  private later(task: "submit" | "review", applicantId: string, steps: number): void {
    this.world.schedule({ task, delayMs: steps * this.world.stepMs, payload: { applicantId } });
  }

  private find(id: string): StoredApplicant | undefined {
    return this.world.objects("applicants").get(id) as StoredApplicant | undefined;
  }

  private save(applicant: StoredApplicant): void {
    this.world.objects("applicants").put(applicant.id, applicant);
  }
}

function decide(tags: MagicTag[], attempt: number): { reviewStatus: string; reviewResult: ReviewResult } {
  const retry = tags.includes("resubmit") && attempt === 1;
  if (retry) {
    const rejectLabels = ["DOCUMENT_PAGE_MISSING"];
    return { reviewStatus: "completed", reviewResult: { reviewAnswer: "RED", reviewRejectType: "RETRY", rejectLabels } };
  }
  if (tags.includes("reject")) {
    return { reviewStatus: "completed", reviewResult: { reviewAnswer: "RED", reviewRejectType: "FINAL", rejectLabels: ["FORGERY"] } };
  }
  // A hit on a list of exposed persons is what a reviewer has to look at by hand.
  if (tags.includes("consider")) return { reviewStatus: "onHold", reviewResult: { rejectLabels: ["COMPROMISED_PERSONS"] } };
  return { reviewStatus: "completed", reviewResult: { reviewAnswer: "GREEN" } };
}
