import type { BackgroundReport, Screening, ScreeningKind } from "../../domain/background-check.ts";
import type { Reason } from "../reasons.ts";
import type { SterlingScreening } from "./schemas.ts";

/** Sterling names the parts of a report in words for people: the first pattern that fits says what they mean. */
const meanings: { pattern: RegExp; kind: ScreeningKind; reason: Reason }[] = [
  { pattern: /sex offender/, kind: "sex_offender", reason: "sex_offender_record" },
  { pattern: /\bssn\b|social security|identity/, kind: "identity", reason: "identity_not_confirmed" },
  { pattern: /\boig\b|\bgsa\b|excluded part|facis|sanction/, kind: "healthcare_sanctions", reason: "healthcare_sanction" },
  { pattern: /criminal|felony|warrant/, kind: "criminal", reason: "criminal_record" },
  { pattern: /watch ?list|ofac|terror/, kind: "watchlist", reason: "watchlist_match" },
  { pattern: /adverse media|social media/, kind: "adverse_media", reason: "adverse_media" },
  { pattern: /driv|motor vehicle|\bmvr\b/, kind: "driving", reason: "driving_record" },
  { pattern: /employment/, kind: "employment", reason: "employment_not_confirmed" },
  { pattern: /education|degree/, kind: "education", reason: "education_not_confirmed" },
  { pattern: /licen[cs]e|credential/, kind: "licence", reason: "licence_not_confirmed" },
  { pattern: /reference/, kind: "reference", reason: "reference_not_confirmed" },
  { pattern: /drug|alcohol/, kind: "drug", reason: "drug_test_result" },
  { pattern: /\btb\b|titre|titer|physical|health/, kind: "health", reason: "health_screening_result" },
  { pattern: /credit/, kind: "credit", reason: "credit_record" },
  { pattern: /eviction/, kind: "eviction", reason: "civil_record" },
  { pattern: /civil|bankrupt/, kind: "civil", reason: "civil_record" },
];

/**
 * What a screening says, in our words. Sterling's vocabulary is not public, and its words come in either case: a status that is
 * not known is one that is still at work, and nothing but "clear" clears.
 */
export function reportFrom(screening: SterlingScreening, asOfMs: number): BackgroundReport {
  const items = screening.reportItems ?? [];
  const rawStatus = [screening.status, screening.result].filter(Boolean).join("/");
  return { ...standing(screening), screenings: items.map(toScreening), rawStatus, asOfMs };
}

export function screeningKind(type: string): ScreeningKind {
  return meaningOf(type)?.kind ?? "other";
}

/** Whether an order came to nothing, so that another may be made for the same check. */
export function cameToNothing(screening: SterlingScreening): boolean {
  return ["cancelled", "canceled", "expired"].includes(plain(screening.status));
}

function standing(screening: SterlingScreening): Pick<BackgroundReport, "state" | "result" | "reasons"> {
  const open = (state: BackgroundReport["state"]) => ({ state, result: null, reasons: [] });
  switch (plain(screening.status)) {
    case "new":
    case "invited":
      return open(screening.invite ? "awaiting_candidate" : "in_progress");
    case "cancelled":
    case "canceled":
      return open("cancelled");
    case "expired":
      return open("expired");
    case "complete":
    case "completed":
      if (plain(screening.result) === "clear") return { state: "decided", result: "clear", reasons: [] };
      // "Adverse" is Sterling's reading by the employer's own rules; the decision stays with the employer, and so do the notices.
      return { state: "decided", result: "consider", reasons: reasonsOf(screening) };
    default:
      return open("in_progress");
  }
}

function reasonsOf(screening: SterlingScreening): Reason[] {
  const found = (screening.reportItems ?? []).flatMap(({ type, result }): Reason[] => {
    const word = plain(result);
    if (word === "clear") return [];
    return [word === "unperformable" ? "check_unavailable" : (meaningOf(type ?? "")?.reason ?? "other")];
  });
  return found.length > 0 ? [...new Set(found)] : ["other"];
}

type Item = NonNullable<SterlingScreening["reportItems"]>[number];

function toScreening({ type, status, result }: Item): Screening {
  const done = ["complete", "completed"].includes(plain(status));
  const word = plain(result);
  const state = done ? "complete" : ["cancelled", "canceled"].includes(plain(status)) ? "cancelled" : "pending";
  return {
    kind: screeningKind(type ?? ""),
    state,
    result: state === "complete" ? (word === "clear" ? "clear" : word === "consider" || word === "adverse" ? "consider" : null) : null,
    rawKind: type ?? "",
    rawStatus: [status, result].filter(Boolean).join("/"),
  };
}

function meaningOf(type: string): (typeof meanings)[number] | undefined {
  const words = plain(type);
  return meanings.find(({ pattern }) => pattern.test(words));
}

/** "In Progress", "in_progress" and "IN-PROGRESS" are one word. */
function plain(word: string | null | undefined): string {
  return (word ?? "").trim().toLowerCase().replaceAll(/[\s_-]+/g, " ");
}
