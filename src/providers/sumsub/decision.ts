import type { ProviderDecision } from "../../domain/verification.ts";
import type { Reason } from "../reasons.ts";
import type { SumsubReview } from "./client.ts";

/** Sumsub's reject labels in our words. Several labels may mean the same to a candidate. https://docs.sumsub.com/docs/rejection-labels */
const reasonByLabel: Partial<Record<string, Reason>> = {
  EXPIRATION_DATE: "document_expired",
  LOW_QUALITY: "document_unreadable",
  UNSATISFACTORY_PHOTOS: "document_unreadable",
  INCOMPLETE_DOCUMENT: "document_incomplete",
  DOCUMENT_PAGE_MISSING: "document_incomplete",
  FRONT_SIDE_MISSING: "document_incomplete",
  BACK_SIDE_MISSING: "document_incomplete",
  UNFILLED_ID: "document_incomplete",
  DOCUMENT_DAMAGED: "document_damaged",
  NOT_DOCUMENT: "document_not_accepted",
  SPAM: "document_not_accepted",
  UNSUITABLE_DOCUMENT: "document_not_accepted",
  ID_INVALID: "document_not_accepted",
  BAD_PROOF_OF_IDENTITY: "document_not_accepted",
  SCREENSHOTS: "document_not_original",
  DIGITAL_DOCUMENT: "document_not_original",
  BLACK_AND_WHITE: "document_not_original",
  FORGERY: "document_forged",
  GRAPHIC_EDITOR: "document_forged",
  DOCUMENT_TEMPLATE: "document_forged",
  DOCUMENT_DEPRIVED: "document_compromised",
  ADDITIONAL_DOCUMENT_REQUIRED: "document_missing",
  DOCUMENT_MISSING: "document_missing",
  SELFIE_MISMATCH: "selfie_mismatch",
  BAD_FACE_MATCHING: "selfie_mismatch",
  BAD_AVATAR: "selfie_unreadable",
  BAD_SELFIE: "selfie_unreadable",
  BAD_VIDEO_SELFIE: "selfie_unreadable",
  UNSUITABLE_ENV: "selfie_unreadable",
  FRAUDULENT_LIVENESS: "liveness_failed",
  DEEPFAKE: "liveness_failed",
  INCONSISTENT_PROFILE: "data_mismatch",
  DB_DATA_MISMATCH: "data_mismatch",
  REQUESTED_DATA_MISMATCH: "data_mismatch",
  PROBLEMATIC_APPLICANT_DATA: "data_incomplete",
  ADDITIONAL_DATA_REQUIRED: "data_incomplete",
  INCORRECT_SOCIAL_NUMBER: "data_incomplete",
  WRONG_ADDRESS: "address_not_confirmed",
  BAD_PROOF_OF_ADDRESS: "address_not_confirmed",
  AGE_REQUIREMENT_MISMATCH: "underage",
  WRONG_USER_REGION: "unsupported_country",
  FOREIGNER: "unsupported_country",
  INCOMPATIBLE_LANGUAGE: "unsupported_language",
  UNSUPPORTED_LANGUAGE: "unsupported_language",
  SANCTIONS: "sanctions_match",
  PEP: "watchlist_match",
  // "Found on lists": fitness and probity lists, wanted persons, or a name too short to be told apart on them.
  COMPROMISED_PERSONS: "watchlist_match",
  ADVERSE_MEDIA: "adverse_media",
  CRIMINAL: "criminal_record",
  BLACKLIST: "blocklisted",
  BLOCKLIST: "blocklisted",
  DUPLICATE: "duplicate_person",
  FRAUDULENT_PATTERNS: "fraud_suspected",
  THIRD_PARTY_INVOLVED: "third_party_involved",
  REGULATIONS_VIOLATIONS: "policy_violation",
  RESTRICTED_PERSON: "policy_violation",
  EXPERIENCE_REQUIREMENT_MISMATCH: "policy_violation",
  CHECK_UNAVAILABLE: "check_unavailable",
  NOT_ALL_CHECKS_COMPLETED: "check_unavailable",
};

export function reasonsFromLabels(labels: readonly string[]): Reason[] {
  const known = (label: string) => (Object.hasOwn(reasonByLabel, label) ? reasonByLabel[label] : undefined);
  return [...new Set(labels.filter((label) => label !== "OK").map((label) => known(label) ?? "other"))];
}

/**
 * What a review says, in our words. A status or an answer that Sumsub does not document never clears anybody, and an answer
 * counts only once the review is completed: "awaitingService" carries GREEN while a check still runs.
 * `stepLabels` are what was said of single papers, beside the labels of the whole.
 * https://docs.sumsub.com/reference/get-applicant-review-status, https://docs.sumsub.com/docs/applicant-statuses
 */
export function decisionFrom(review: SumsubReview, stepLabels: readonly string[] = []): ProviderDecision {
  const { reviewStatus: status } = review;
  const labels = [...new Set([...(review.reviewResult?.rejectLabels ?? []), ...stepLabels])];
  const outcome = review.reviewResult ? { ...review.reviewResult, rejectLabels: labels } : review.reviewResult;
  const reasons = reasonsFromLabels(labels);
  switch (status) {
    case "init":
      return { state: "awaiting_candidate", result: null, reasons: [], rawStatus: status };
    case "pending":
      // All required papers are in and the check has not begun.
      return { state: "submitted", result: null, reasons: [], rawStatus: status };
    case "awaitingUser":
      return { state: "needs_input", result: null, reasons, rawStatus: rawStatus(status, { rejectLabels: labels }) };
    case "onHold":
      // "Waits for a final decision from the compliance officer": Sumsub leaves it to the customer, so it is ours to make.
      return { state: "decided", result: "consider", reasons, rawStatus: rawStatus(status, outcome) };
    case "completed":
      return { ...completed(outcome), reasons, rawStatus: rawStatus(status, outcome) };
    default:
      return { state: "pending", result: null, reasons: [], rawStatus: status };
  }
}

type ReviewResult = SumsubReview["reviewResult"];

function completed(outcome: ReviewResult): Pick<ProviderDecision, "state" | "result"> {
  if (outcome?.reviewAnswer === "GREEN") return { state: "decided", result: "clear" };
  if (outcome?.reviewAnswer === "RED" && outcome.reviewRejectType === "RETRY") return { state: "needs_input", result: null };
  if (outcome?.reviewAnswer === "RED" && outcome.reviewRejectType === "FINAL") return { state: "decided", result: "rejected" };
  return { state: "decided", result: "consider" };
}

function rawStatus(status: string, outcome: ReviewResult): string {
  // The labels stay readable here, also those that have no reason code of their own.
  const labels = (outcome?.rejectLabels ?? []).filter((label) => /^[A-Z0-9_]{1,80}$/.test(label)).join("+");
  return [status, outcome?.reviewAnswer, outcome?.reviewRejectType, labels].filter(Boolean).join("/").slice(0, 300);
}
