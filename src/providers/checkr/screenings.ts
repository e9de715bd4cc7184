import type { Screening, ScreeningKind } from "../../domain/background-check.ts";
import type { Reason } from "../reasons.ts";
import type { CheckrReport } from "./schemas.ts";

interface Meaning {
  kind: ScreeningKind;
  /** Why a person must look at one that is not clear. */
  reason: Reason;
}

const criminal: Meaning = { kind: "criminal", reason: "criminal_record" };
const civil: Meaning = { kind: "civil", reason: "civil_record" };
const employment: Meaning = { kind: "employment", reason: "employment_not_confirmed" };
const education: Meaning = { kind: "education", reason: "education_not_confirmed" };
const reference: Meaning = { kind: "reference", reason: "reference_not_confirmed" };
const watchlist: Meaning = { kind: "watchlist", reason: "watchlist_match" };

/** Checkr's own names, as a package's `type` and a screening's `object` say them. https://docs.checkr.com/#tag/Screenings */
const meanings: Partial<Record<string, Meaning>> = {
  ssn_trace: { kind: "identity", reason: "identity_not_confirmed" },
  international_identity_document_validation: { kind: "identity", reason: "identity_not_confirmed" },
  sex_offender_search: { kind: "sex_offender", reason: "sex_offender_record" },
  global_watchlist_search: watchlist,
  terrorist_watchlist_search: watchlist,
  international_global_watchlist_search: watchlist,
  international_adverse_media_search: { kind: "adverse_media", reason: "adverse_media" },
  arrest_search: criminal,
  national_criminal_search: criminal,
  municipal_criminal_search: criminal,
  county_criminal_search: criminal,
  state_criminal_search: criminal,
  pointer_state_criminal_search: criminal,
  federal_criminal_search: criminal,
  international_criminal_search: criminal,
  international_criminal_search_v2: criminal,
  county_civil_search: civil,
  federal_civil_search: civil,
  eviction_search: { kind: "eviction", reason: "civil_record" },
  motor_vehicle_report: { kind: "driving", reason: "driving_record" },
  drug_alcohol_clearinghouse: { kind: "driving", reason: "drug_test_result" },
  employment_verification: employment,
  international_employment_verification: employment,
  education_verification: education,
  international_education_verification: education,
  personal_reference_verification: reference,
  professional_reference_verification: reference,
  professional_license_verification: { kind: "licence", reason: "licence_not_confirmed" },
  drug_screening: { kind: "drug", reason: "drug_test_result" },
  occupational_health_screening: { kind: "health", reason: "health_screening_result" },
  facis_search: { kind: "healthcare_sanctions", reason: "healthcare_sanction" },
  credit_report: { kind: "credit", reason: "credit_record" },
};

/** What getReport asks for, by the names that its parameter documents: some are plural. https://docs.checkr.com/#operation/getReport */
export const screeningIncludes = [
  "arrest_search", "county_civil_searches", "county_criminal_searches", "credit_report", "drug_alcohol_clearinghouse", "drug_screening",
  "education_verification", "employment_verification", "eviction_search", "facis_search", "federal_civil_search", "federal_criminal_search",
  "global_watchlist_search", "international_adverse_media_searches", "international_criminal_searches", "international_criminal_searches_v2",
  "international_education_verification", "international_employment_verification", "international_global_watchlist_search",
  "international_identity_document_validation", "motor_vehicle_report", "municipal_criminal_searches", "national_criminal_search",
  "occupational_health_screening", "personal_reference_verifications", "pointer_state_criminal_searches", "professional_reference_verifications",
  "professional_license_verifications", "sex_offender_search", "ssn_trace", "state_criminal_searches", "terrorist_watchlist_search",
].join(",");

export function screeningKind(type: string): ScreeningKind {
  return meaningOf(type)?.kind ?? "other";
}

type Embedded = CheckrReport["screenings"][number];

export function screeningsOf(report: CheckrReport): Screening[] {
  return report.screenings.map((screening) => ({
    kind: screeningKind(typeOf(screening)),
    ...standing(screening),
    rawKind: typeOf(screening),
    rawStatus: [screening.status, screening.result].filter(Boolean).join("/"),
  }));
}

/** Codes for whatever is not clear; what has none of its own is "other". */
export function reasonsOf(report: CheckrReport): Reason[] {
  const found = report.screenings.flatMap((screening): Reason[] => {
    const { state, result } = standing(screening);
    if (state === "cancelled") return ["check_unavailable"];
    return state === "complete" && result !== "clear" ? [meaningOf(typeOf(screening))?.reason ?? "other"] : [];
  });
  return [...new Set(found)];
}

function standing({ status, result }: Embedded): Pick<Screening, "state" | "result"> {
  // Some screenings carry their result in the status, as all did once.
  if (status === "clear" || status === "consider") return { state: "complete", result: status };
  if (status === "complete") return { state: "complete", result: result === "clear" || result === "consider" ? result : null };
  if (status === "canceled") return { state: "cancelled", result: null };
  return { state: status === "suspended" ? "needs_input" : "pending", result: null };
}

function typeOf({ object, name }: Embedded): string {
  return object ?? name;
}

function meaningOf(type: string): Meaning | undefined {
  return Object.hasOwn(meanings, type) ? meanings[type] : undefined;
}
