import type { BackgroundReport } from "../../domain/background-check.ts";
import type { CheckrInvitation, CheckrReport } from "./schemas.ts";
import { reasonsOf, screeningsOf } from "./screenings.ts";

type Standing = Pick<BackgroundReport, "state" | "result" | "reasons">;

/** Where an invitation stands that has led to no report yet. https://docs.checkr.com/#tag/invitations */
export function reportFromInvitation(invitation: CheckrInvitation, asOfMs: number): BackgroundReport {
  const { deleted_at: deletedAt, status } = invitation;
  const rawStatus = `invitation/${deletedAt ? "deleted" : status}`;
  const state = deletedAt ? "cancelled" : status === "expired" ? "expired" : status === "completed" ? "consented" : "awaiting_candidate";
  return { state, result: null, reasons: [], screenings: [], rawStatus, asOfMs };
}

/**
 * What a report says, in our words. A status that Checkr does not document is one that is still at work, and a result that it
 * does not document never clears anybody. https://docs.checkr.com/#tag/reports
 */
export function reportFrom(report: CheckrReport, asOfMs: number): BackgroundReport {
  const { status, result, adjudication, assessment } = report;
  const rawStatus = ["report", status, result, adjudication, assessment].filter(Boolean).join("/").slice(0, 300);
  return { ...standing(report), screenings: screeningsOf(report), rawStatus, asOfMs };
}

function standing(report: CheckrReport): Standing {
  const open = (state: BackgroundReport["state"]): Standing => ({ state, result: null, reasons: reasonsOf(report) });
  switch (report.status) {
    case "complete":
    // Before 2022 the result was the status, and old reports still say so.
    case "clear":
    case "consider":
      return completed(report);
    case "suspended":
      return { state: "needs_input", result: null, reasons: ["data_incomplete"] };
    case "dispute":
      return open("disputed");
    case "canceled":
      return { state: "cancelled", result: null, reasons: [] };
    default:
      return { state: "in_progress", result: null, reasons: [] };
  }
}

function completed(report: CheckrReport): Standing {
  const reasons = reasonsOf(report);
  if (report.adjudication === "post_adverse_action") return { state: "adverse", result: null, reasons };
  if (report.adjudication === "pre_adverse_action") return { state: "pre_adverse", result: null, reasons };
  // Somebody took the candidate in Checkr's own dashboard, in full view of what was found.
  if (report.adjudication === "engaged") return { state: "decided", result: "clear", reasons };
  const result = report.status === "complete" ? report.result : report.status;
  // A check of which a part was never done has not cleared that part.
  if (result === "clear" && !report.includes_canceled) return { state: "decided", result: "clear", reasons: [] };
  return { state: "decided", result: "consider", reasons: reasons.length > 0 ? reasons : [report.includes_canceled ? "check_unavailable" : "other"] };
}
