import type { ProviderDecision } from "../../domain/verification.ts";
import type { Reason } from "../reasons.ts";
import type { OnfidoCheck, OnfidoReport, OnfidoRun } from "./answers.ts";
import { failedPaths, isMendable, reasonNamed, reasonsIn } from "./breakdown-reasons.ts";

/** `askAgain`: poor pictures are asked for again rather than decided on. */
interface Policy {
  askAgain: boolean;
}

type Outcome = "clear" | "poor_pictures" | "consider" | "rejected";

const waiting = (state: "awaiting_candidate" | "pending", rawStatus: string): ProviderDecision => ({ state, result: null, reasons: [], rawStatus: words(rawStatus) });
const decided = (result: "clear" | "consider" | "rejected", reasons: Reason[], rawStatus: string): ProviderDecision => ({ state: "decided", result, reasons, rawStatus });
const needsInput = (reasons: Reason[], rawStatus: string): ProviderDecision => ({ state: "needs_input", result: null, reasons, rawStatus });

/** Nobody has been invited yet. */
export const notStarted: ProviderDecision = waiting("awaiting_candidate", "no_check");

/** A status that Onfido does not document never clears anybody. https://documentation.onfido.com/api/latest#workflow-run-object */
export function decisionFromRun(run: OnfidoRun, policy: Policy): ProviderDecision {
  const { status } = run;
  switch (status) {
    case "awaiting_input":
      return waiting("awaiting_candidate", status);
    case "approved":
      return decided("clear", [], status);
    case "declined":
    case "review": {
      const { reasons, subResult, raw } = readRun(run);
      const rawStatus = joined(status, subResult, raw);
      if (policy.askAgain && (subResult === "rejected" || isMendable(reasons))) return needsInput(reasons, rawStatus);
      return decided(status === "declined" ? "rejected" : "consider", reasons, rawStatus);
    }
    case "abandoned":
      // Its link is dead: the candidate needs another one.
      return needsInput([], status);
    case "awaiting_client_input":
    case "error":
      // The workflow waits for its owner's back office, or broke: a person has to look.
      return decided("consider", ["check_unavailable"], status);
    default:
      return waiting("pending", status);
  }
}

/** The worst of its reports decides, whatever the check says of itself. https://documentation.onfido.com/api/latest#check-object */
export function decisionFromCheck(check: OnfidoCheck, reports: readonly OnfidoReport[], policy: Policy): ProviderDecision {
  const { status } = check;
  if (status === "awaiting_applicant") return waiting("awaiting_candidate", status);
  if (status === "withdrawn") return decided("consider", ["check_unavailable"], status);
  if (status !== "complete") return waiting("pending", status);

  const read = reports.map((report) => ({ report, outcome: outcomeOf(report), paths: failedPaths(report.breakdown) })).filter(({ outcome }) => outcome !== "clear");
  const raw = read.flatMap(({ report, paths }) => [[report.name, report.sub_result ?? report.result ?? report.status].filter(Boolean).join(":"), ...paths]);
  const rawStatus = joined(status, check.result, raw);
  if (read.length === 0) return check.result === "clear" && reports.length > 0 ? decided("clear", [], rawStatus) : decided("consider", ["other"], rawStatus);

  const reasons = [...new Set(read.flatMap(({ report, paths }) => (report.result === null || report.result === undefined ? ["check_unavailable" as const] : reasonsIn(report.name, paths))))];
  if (read.some(({ outcome }) => outcome === "rejected")) return decided("rejected", reasons, rawStatus);
  if (policy.askAgain && read.every(({ outcome }) => outcome === "poor_pictures")) return needsInput(reasons, rawStatus);
  return decided("consider", reasons, rawStatus);
}

/** https://documentation.onfido.com/api/latest#document-report-sub-results */
function outcomeOf(report: OnfidoReport): Outcome {
  const { result, sub_result: subResult } = report;
  if (result === "clear" && (subResult === null || subResult === undefined || subResult === "clear")) return "clear";
  if (subResult === "suspected") return "rejected";
  // "Rejected" is said of pictures that could not be processed, not of the person.
  if (subResult === "rejected") return "poor_pictures";
  if (subResult === "caution") return "consider";
  return result !== null && result !== undefined && isMendable(reasonsIn(report.name, failedPaths(report.breakdown))) ? "poor_pictures" : "consider";
}

/** A run's reasons are what its workflow's maker wrote; its output often has the document report's own result beside them. */
function readRun(run: OnfidoRun): { reasons: Reason[]; subResult: string | undefined; raw: string[] } {
  const output = typeof run.output === "object" && run.output !== null ? (run.output as Record<string, unknown>) : {};
  const subResult = typeof output["sub_result"] === "string" ? output["sub_result"] : undefined;
  const paths = failedPaths(output["breakdown"]);
  const named = (run.reasons ?? []).map(reasonNamed);
  const reasons = [...new Set([...(paths.length > 0 ? reasonsIn("document", paths) : []), ...named])];
  return { reasons: reasons.length > 0 ? reasons : ["other"], subResult, raw: [...(run.reasons ?? []), ...paths] };
}

/** Onfido's own words stay readable, also those that have no reason code. Free text is cut down to plain words. */
function joined(status: string, result: string | null | undefined, details: string[]): string {
  const shown = details.map(words).filter((detail) => detail !== "").join("+");
  return [words(status), result ? words(result) : "", shown].filter(Boolean).join("/").slice(0, 300);
}

function words(text: string): string {
  return text.replaceAll(/[^\w .:-]/g, "").trim().slice(0, 100);
}
