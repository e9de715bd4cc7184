import type { ProviderDecision } from "../../domain/verification.ts";
import type { Reason } from "../reasons.ts";
import type { SumsubApplicant } from "./client.ts";

/** Sumsub's reject labels in our words. Several labels may mean the same to a candidate. */
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
  BAD_PROOF_OF_IDENTITY: "document_not_accepted",
  SCREENSHOTS: "document_not_original",
  DIGITAL_DOCUMENT: "document_not_original",
  BLACK_AND_WHITE: "document_not_original",
  FORGERY: "document_forged",
  GRAPHIC_EDITOR: "document_forged",
  DOCUMENT_TEMPLATE: "document_forged",
  ID_INVALID: "document_forged",
  DOCUMENT_DEPRIVED: "document_compromised",
  ADDITIONAL_DOCUMENT_REQUIRED: "document_missing",
  SELFIE_MISMATCH: "selfie_mismatch",
  BAD_FACE_MATCHING: "selfie_mismatch",
  BAD_AVATAR: "selfie_unreadable",
  BAD_SELFIE: "selfie_unreadable",
  BAD_VIDEO_SELFIE: "selfie_unreadable",
  FRAUDULENT_LIVENESS: "liveness_failed",
  INCONSISTENT_PROFILE: "data_mismatch",
  PROBLEMATIC_APPLICANT_DATA: "data_incomplete",
  WRONG_ADDRESS: "address_not_confirmed",
  BAD_PROOF_OF_ADDRESS: "address_not_confirmed",
  AGE_REQUIREMENT_MISMATCH: "underage",
  WRONG_USER_REGION: "unsupported_country",
  FOREIGNER: "unsupported_country",
  INCOMPATIBLE_LANGUAGE: "unsupported_language",
  UNSUPPORTED_LANGUAGE: "unsupported_language",
  SANCTIONS: "sanctions_match",
  PEP: "watchlist_match",
  ADVERSE_MEDIA: "adverse_media",
  CRIMINAL: "criminal_record",
  BLACKLIST: "blocklisted",
  BLOCKLIST: "blocklisted",
  DUPLICATE: "duplicate_person",
  FRAUDULENT_PATTERNS: "fraud_suspected",
  COMPROMISED_PERSONS: "fraud_suspected",
  THIRD_PARTY_INVOLVED: "third_party_involved",
  REGULATIONS_VIOLATIONS: "policy_violation",
  CHECK_UNAVAILABLE: "check_unavailable",
  NOT_ALL_CHECKS_COMPLETED: "check_unavailable",
};

export function reasonsFromLabels(labels: readonly string[]): Reason[] {
  const known = (label: string) => (Object.hasOwn(reasonByLabel, label) ? reasonByLabel[label] : undefined);
  return [...new Set(labels.filter((label) => label !== "OK").map((label) => known(label) ?? "other"))];
}

/** What a review says, in our words. A status or an answer that Sumsub does not document never clears anybody. */
export function decisionFrom(review: SumsubApplicant["review"]): ProviderDecision {
  const status = review?.reviewStatus ?? "init";
  const outcome = review?.reviewResult;
  const reasons = reasonsFromLabels(outcome?.rejectLabels ?? []);
  switch (status) {
    case "init":
      return { state: "awaiting_candidate", result: null, reasons: [], rawStatus: status };
    case "onHold":
      // Someone has to look: at Sumsub, or here.
      return { state: "decided", result: "consider", reasons, rawStatus: status };
    case "completed":
      return { ...completed(outcome), reasons, rawStatus: rawStatus(status, outcome) };
    default:
      return { state: "pending", result: null, reasons: [], rawStatus: status };
  }
}

type ReviewResult = NonNullable<SumsubApplicant["review"]>["reviewResult"];

function completed(outcome: ReviewResult): Pick<ProviderDecision, "state" | "result"> {
  if (outcome?.reviewAnswer === "GREEN") return { state: "decided", result: "clear" };
  if (outcome?.reviewAnswer === "RED" && outcome.reviewRejectType === "RETRY") return { state: "needs_input", result: null };
  if (outcome?.reviewAnswer === "RED" && outcome.reviewRejectType === "FINAL") return { state: "decided", result: "rejected" };
  return { state: "decided", result: "consider" };
}

function rawStatus(status: string, outcome: ReviewResult): string {
  return [status, outcome?.reviewAnswer, outcome?.reviewRejectType].filter(Boolean).join("/");
}
