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
