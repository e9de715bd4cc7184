import type { AttemptError } from "../../../src/domain/attempt-errors.ts";
import type { ReviewPolicy, VerificationCheck, VerificationStatus } from "../../../src/domain/verification.ts";

/** The API's codes in words for people. */

/** "identityVerification" and "document_expired" become "Identity verification" and "Document expired". */
export function humanise(code: string): string {
  const spaced = code.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/[_.-]+/g, " ").trim().toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const categories: Record<string, string> = {
  identity: "Identity", hris: "HR system", ats: "Applicant tracking", e_signature: "E-signature",
};
export const categoryWord = (category: string) => categories[category] ?? humanise(category);

const auths: Record<string, string> = {
  api_key: "API key", oauth2_code: "OAuth sign-in", oauth2_client_credentials: "OAuth client", jwt_grant: "JWT grant",
};
export const authWord = (auth: string) => auths[auth] ?? humanise(auth);

export const checkWords: Record<VerificationCheck, string> = {
  identity: "Identity", document: "Document", address: "Address", selfie: "Selfie", watchlist: "Watchlist",
};

export const reviewPolicyWords: Record<ReviewPolicy, string> = {
  on_consider: "When the provider is unsure",
  always: "Always",
  never: "Never",
};

/** Where a verification stands, as one sentence. */
export const statusSentences: Record<VerificationStatus, string> = {
  created: "The verification is being set up with the provider.",
  invited: "The candidate has the link and has not finished yet.",
  submitted: "The candidate has handed everything in.",
  pending: "The provider is checking what the candidate handed in.",
  needs_input: "The provider asks the candidate for something more.",
  in_review: "A person must decide.",
  completed: "The verification is finished.",
  expired: "The candidate did not finish in time.",
  cancelled: "The verification was cancelled.",
  failed: "The verification could not be carried out.",
};

const inboundReasons: Record<string, string> = {
  no_secret: "The integration has no secret to check it with.",
  signature_missing: "It was not signed.",
  signature_malformed: "Its signature has no shape that the provider gives one.",
  signature_mismatch: "Its signature does not fit: it was made with another secret, or for another body.",
  timestamp_missing: "It does not say when it was signed.",
  timestamp_stale: "It was signed too long ago, or for the future.",
  algorithm_not_allowed: "It was signed by an algorithm that the integration does not allow.",
  source_not_allowed: "It came from an address that the integration does not allow.",
  wrong_account: "It is about another account than the integration’s.",
  test_mode: "It is a test of the provider’s, and the integration is live.",
  rate_limited: "Too many came at once.",
  malformed: "It was signed, but does not read as the provider documents it.",
};

/** Why an inbound webhook was refused, or what else there is to say of it. What is no code is a sentence already. */
export function inboundReasonSentence(reason: string): string {
  return inboundReasons[reason] ?? (reason.includes(" ") ? `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` : humanise(reason));
}

const attemptErrors: Record<AttemptError, string> = {
  blocked: "The address is not public, or none that a webhook may go to. Nothing was sent.",
  connection_failed: "The connection could not be made, or broke off before the answer’s end.",
  timeout: "No answer came within the time limit.",
  bad_answer: "What came back is no valid HTTP answer.",
  answer_too_large: "The answer is larger than 128 KiB.",
  redirect: "The receiver answered with a redirect, and redirects are not followed.",
  status: "Only an answer of 2xx counts as delivered.",
};

/** Why an attempt failed. A time-out with a status came when the answer had already begun. */
export function attemptErrorSentence(error: AttemptError, statusCode: number | null): string {
  if (error === "timeout" && statusCode !== null) return "The answer began and did not end within the time limit.";
  return attemptErrors[error] ?? humanise(error);
}
