/** A verification's words and its state machine. Pure: used by the API, the activities and the workflow alike. */

export const verificationStatuses = [
  "created", "invited", "submitted", "pending", "needs_input", "in_review", "completed", "expired", "cancelled", "failed",
] as const;
export type VerificationStatus = (typeof verificationStatuses)[number];

export const verificationResults = ["clear", "consider", "rejected"] as const;
export type VerificationResult = (typeof verificationResults)[number];

/** When a person must look before a verification completes: always, when the provider is unsure, or never. */
export const reviewPolicies = ["always", "on_consider", "never"] as const;
export type ReviewPolicy = (typeof reviewPolicies)[number];

export const verificationChecks = ["identity", "document", "address", "selfie", "watchlist"] as const;
export type VerificationCheck = (typeof verificationChecks)[number];

const terminal: ReadonlySet<VerificationStatus> = new Set(["completed", "expired", "cancelled", "failed"]);

export function isTerminal(status: VerificationStatus): boolean {
  return terminal.has(status);
}

/** True while the next move is the candidate's. */
export function candidateActs(status: VerificationStatus): boolean {
  return status === "created" || status === "invited" || status === "needs_input";
}

/** What a provider says of an applicant, in our words, with its own status beside. */
export interface ProviderDecision {
  state: "awaiting_candidate" | "submitted" | "pending" | "needs_input" | "decided";
  /** Set when state is decided. */
  result: VerificationResult | null;
  /** Codes of the published reason list; empty when there is nothing to say. */
  reasons: string[];
  rawStatus: string;
}

export interface VerificationState {
  status: VerificationStatus;
  result: VerificationResult | null;
  reasons: string[];
}

/**
 * Where the provider's present answer moves a verification, or null when it changes nothing.
 * Late and repeated news die here: a terminal state and a review never move, and "pending" never follows a decision.
 */
export function applyDecision(current: VerificationState, decision: ProviderDecision, policy: ReviewPolicy): VerificationState | null {
  if (isTerminal(current.status) || current.status === "in_review") return null;
  const next = nextState(current, decision, policy);
  return next.status === current.status ? null : next;
}

function nextState(current: VerificationState, decision: ProviderDecision, policy: ReviewPolicy): VerificationState {
  switch (decision.state) {
    case "awaiting_candidate":
      return current;
    case "submitted":
      return current.status === "pending" ? current : { status: "submitted", result: null, reasons: [] };
    case "pending":
      // That the provider is at work is, after the candidate's turn, first of all the news that they handed in.
      return { status: candidateActs(current.status) ? "submitted" : "pending", result: null, reasons: [] };
    case "needs_input":
      return { status: "needs_input", result: null, reasons: decision.reasons };
    case "decided":
      return {
        status: needsReview(decision.result, policy) ? "in_review" : "completed",
        result: decision.result,
        reasons: decision.reasons,
      };
  }
}

function needsReview(result: VerificationResult | null, policy: ReviewPolicy): boolean {
  return policy === "always" || (policy === "on_consider" && result === "consider");
}

export const reviewDecisions = ["approve", "reject"] as const;
export type ReviewDecision = (typeof reviewDecisions)[number];

export function reviewedResult(decision: ReviewDecision): VerificationResult {
  return decision === "approve" ? "clear" : "rejected";
}
