/**
 * Why a provider was not satisfied, in our words. Published: the API's answers and webhooks use these codes, so a code is
 * never renamed and never removed. A provider's own words are mapped to them; what has no code of its own is "other".
 */
export const reasons = {
  document_expired: "The document is no longer valid.",
  document_unreadable: "The document's picture is too poor to read.",
  document_incomplete: "A page or a side of the document is missing.",
  document_damaged: "The document is damaged.",
  document_not_accepted: "The document is of a kind that is not accepted.",
  document_not_original: "The picture shows a copy or a screen, not the document itself.",
  document_forged: "The document looks forged or edited.",
  document_compromised: "The document is known as lost, stolen or withdrawn.",
  document_missing: "Another document is needed.",
  selfie_mismatch: "The person's picture does not match the document.",
  selfie_unreadable: "The person's picture or video is too poor to use.",
  liveness_failed: "The person in front of the camera could not be confirmed as present.",
  data_mismatch: "What was stated does not match the document.",
  data_incomplete: "A needed detail of the person is missing or wrong.",
  address_not_confirmed: "The address could not be confirmed.",
  underage: "The person is younger than required.",
  unsupported_country: "The country or region is not supported or not allowed.",
  unsupported_language: "The document's language is not supported.",
  sanctions_match: "The person may be on a sanctions list.",
  watchlist_match: "The person may be on a list of politically exposed or watched persons.",
  adverse_media: "The person is named in adverse media.",
  criminal_record: "Records of crime were found.",
  blocklisted: "The person is on a blocklist kept with the provider.",
  duplicate_person: "The same person was verified before under another identity.",
  fraud_suspected: "The provider sees signs of fraud.",
  third_party_involved: "Somebody else seems to act for the person or to guide them.",
  policy_violation: "Rules of the employer or the law do not allow the person to be accepted.",
  check_unavailable: "A check could not be carried out.",
  other: "The provider gave a reason that has no code of its own.",
} as const;

export type Reason = keyof typeof reasons;
