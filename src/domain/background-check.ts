import type { ReviewPolicy } from "./verification.ts";

/**
 * A background check's words and its state machine. Pure: used by the API, the activities and the workflow alike.
 * Two sides move it: what the vendor's report says (applyReport) and what the employer's people decide (applyAdjudication).
 */

export const backgroundCheckStatuses = [
  "created", "invited", "consented", "in_progress", "needs_input", "in_review", "pre_adverse", "disputed", "completed", "expired",
  "cancelled", "failed",
] as const;
export type BackgroundCheckStatus = (typeof backgroundCheckStatuses)[number];

/** "consider" is never an employer's last word, except where its policy asks nobody; "adverse" follows only upon the notices. */
export const backgroundCheckResults = ["clear", "consider", "adverse"] as const;
export type BackgroundCheckResult = (typeof backgroundCheckResults)[number];

export const screeningKinds = [
  "identity", "criminal", "sex_offender", "watchlist", "adverse_media", "driving", "employment", "education", "licence", "reference",
  "drug", "health", "healthcare_sanctions", "credit", "civil", "eviction", "other",
] as const;
export type ScreeningKind = (typeof screeningKinds)[number];

/** One part of a report. */
export interface Screening {
  kind: ScreeningKind;
  state: "pending" | "needs_input" | "complete" | "cancelled";
  /** Set when state is complete; null there too when the vendor's word is unknown. */
  result: "clear" | "consider" | null;
  /** The vendor's own words: what it calls the part, and how it stands. */
  rawKind: string;
  rawStatus: string;
}

/** From the earliest to the latest, which also decides between two answers of one instant: the graver one counts. */
export const reportStates = [
  "awaiting_candidate", "consented", "in_progress", "needs_input", "decided", "pre_adverse", "disputed", "expired", "cancelled", "adverse",
] as const;
export type ReportState = (typeof reportStates)[number];

/** What a vendor says of an order at one time, in our words, with its own status beside. */
export interface BackgroundReport {
  state: ReportState;
  /** Set when state is decided. */
  result: "clear" | "consider" | null;
  /** Codes of the published reason list; empty when there is nothing to say. */
  reasons: string[];
  screenings: Screening[];
  rawStatus: string;
  /** When the vendor was asked, in milliseconds: of two answers the one to the later question is the truth. */
  asOfMs: number;
}

export interface BackgroundCheckState {
  status: BackgroundCheckStatus;
  result: BackgroundCheckResult | null;
  reasons: string[];
  /** The newest answer that was applied. */
  heard: { asOfMs: number; rank: number } | null;
  /** Our pre-adverse notice is out. */
  notified: boolean;
  /** The candidate told us of a dispute, and nobody closed it. */
  disputeOpen: boolean;
}

export const newBackgroundCheck: BackgroundCheckState = { status: "created", result: null, reasons: [], heard: null, notified: false, disputeOpen: false };

const terminal: ReadonlySet<BackgroundCheckStatus> = new Set(["completed", "expired", "cancelled", "failed"]);

export function isBackgroundCheckOver(status: BackgroundCheckStatus): boolean {
  return terminal.has(status);
}

/**
 * Where the vendor's answer moves a check. Late and repeated news die here: an answer that is not newer than the one applied
 * last gives the same object back, and nothing leaves a terminal state. So any order of the same answers ends alike.
 */
export function applyReport(current: BackgroundCheckState, report: BackgroundReport, policy: ReviewPolicy): BackgroundCheckState {
  if (isBackgroundCheckOver(current.status)) return current;
  const heard = { asOfMs: report.asOfMs, rank: rankOf(report) };
  if (current.heard !== null && compare(heard, current.heard) <= 0) return current;
  return { ...current, ...next(current, report, policy), heard };
}

/** Whether somebody should be told: the answer may be newer and say the same. */
export function hasMoved(before: BackgroundCheckState, after: BackgroundCheckState): boolean {
  return before.status !== after.status || before.result !== after.result || before.reasons.join() !== after.reasons.join();
}

type Heard = NonNullable<BackgroundCheckState["heard"]>;

function rankOf(report: BackgroundReport): number {
  return reportStates.indexOf(report.state) * 2 + (report.result === "consider" ? 1 : 0);
}

function compare(left: Heard, right: Heard): number {
  return left.asOfMs - right.asOfMs || left.rank - right.rank;
}

type Move = Pick<BackgroundCheckState, "status" | "result" | "reasons">;

function next(current: BackgroundCheckState, report: BackgroundReport, policy: ReviewPolicy): Move {
  const { state, reasons } = report;
  const open = (status: BackgroundCheckStatus): Move => ({ status, result: null, reasons });
  switch (state) {
    case "awaiting_candidate":
    case "consented":
    case "in_progress":
    case "needs_input":
      // A report that is at work again after our notice is being looked into anew: the clock must not run meanwhile.
      if (current.notified) return { status: "disputed", result: "consider", reasons };
      return open(state === "awaiting_candidate" ? "invited" : state);
    case "decided":
      return report.result === "clear" ? cleared(reasons, policy) : considered(current, reasons, policy);
    case "pre_adverse":
    case "disputed":
      return { status: current.disputeOpen ? "disputed" : state, result: "consider", reasons };
    case "adverse":
      return { status: "completed", result: "adverse", reasons };
    case "expired":
    case "cancelled":
      return open(state);
  }
}

function cleared(reasons: string[], policy: ReviewPolicy): Move {
  return { status: policy === "always" ? "in_review" : "completed", result: "clear", reasons };
}

function considered(current: BackgroundCheckState, reasons: string[], policy: ReviewPolicy): Move {
  const consider = (status: BackgroundCheckStatus): Move => ({ status, result: "consider", reasons });
  if (current.disputeOpen) return consider("disputed");
  if (current.notified) return consider("pre_adverse");
  return consider(policy === "never" ? "completed" : "in_review");
}

/**
 * engage: the candidate is taken all the same. start_adverse_action: the pre-adverse notice goes out. complete_adverse_action: the
 * decision against the candidate, after the waiting period. open_dispute and close_dispute: what the candidate told the employer.
 */
export const adjudications = ["engage", "start_adverse_action", "complete_adverse_action", "open_dispute", "close_dispute"] as const;
export type Adjudication = (typeof adjudications)[number];

const allowedIn: Record<Adjudication, readonly BackgroundCheckStatus[]> = {
  engage: ["in_review", "pre_adverse", "disputed"],
  start_adverse_action: ["in_review"],
  complete_adverse_action: ["pre_adverse"],
  open_dispute: ["in_review", "pre_adverse"],
  close_dispute: ["disputed"],
};

/** Why the decision may not be taken now, in words for the caller; null when it may. */
export function refusalOf(state: BackgroundCheckState, adjudication: Adjudication, waitIsOver: boolean): string | null {
  if (!allowedIn[adjudication].includes(state.status)) return `A check that is ${state.status} does not take the decision ${adjudication}.`;
  if (adjudication === "start_adverse_action" && state.result !== "consider") return "A check that found nothing gives no ground for adverse action.";
  if (adjudication === "complete_adverse_action" && !waitIsOver) return "The candidate's time to answer the pre-adverse notice is not over.";
  if (adjudication === "close_dispute" && !state.disputeOpen) return "The dispute is between the candidate and the provider, who ends it.";
  return null;
}

/** The decision's effect; call it only where refusalOf gave null. */
export function applyAdjudication(state: BackgroundCheckState, adjudication: Adjudication): BackgroundCheckState {
  switch (adjudication) {
    case "engage":
      return { ...state, status: "completed", result: "clear" };
    case "start_adverse_action":
      return { ...state, status: "pre_adverse", notified: true };
    case "complete_adverse_action":
      return { ...state, status: "completed", result: "adverse" };
    case "open_dispute":
      return { ...state, status: "disputed", disputeOpen: true };
    case "close_dispute":
      return { ...state, status: state.notified ? "pre_adverse" : "in_review", disputeOpen: false };
  }
}
