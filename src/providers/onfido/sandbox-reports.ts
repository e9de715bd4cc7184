import type { MagicTag } from "../sandbox-contract.ts";

/** What becomes of what a person hands in. */
export type Outcome = "clear" | "rejected" | "consider" | "poor_pictures";

export function outcomeFor(tags: MagicTag[], submission: number): Outcome {
  if (tags.includes("resubmit") && submission === 1) return "poor_pictures";
  if (tags.includes("reject")) return "rejected";
  return tags.includes("consider") ? "consider" : "clear";
}

const clear = { result: "clear" };

interface ReportResult extends Record<string, unknown> {
  result: string;
  sub_result: string | null;
  breakdown: Record<string, unknown>;
}

/** A report's answer with its breakdown. Only the document is ever in doubt. https://documentation.onfido.com/api/latest#document-report-breakdowns */
export function reportResult(name: string, outcome: Outcome): ReportResult {
  if (name !== "document") return { result: "clear", sub_result: null, breakdown: {} };
  const breakdown = {
    data_comparison: { result: "clear", breakdown: { first_name: clear, last_name: clear } },
    data_validation: { result: "clear", breakdown: { document_expiration: clear } },
    image_integrity: { result: "clear", breakdown: { image_quality: clear, supported_document: clear } },
    visual_authenticity: { result: "clear", breakdown: { fonts: clear, template: clear } },
    police_record: clear,
    compromised_document: clear,
  };
  switch (outcome) {
    case "clear":
      return { result: "clear", sub_result: "clear", breakdown };
    case "rejected":
      return { result: "consider", sub_result: "suspected", breakdown: { ...breakdown, visual_authenticity: { result: "consider", breakdown: { fonts: { result: "consider" }, template: clear } } } };
    case "consider":
      return { result: "consider", sub_result: "caution", breakdown: { ...breakdown, data_comparison: { result: "consider", breakdown: { first_name: clear, last_name: { result: "consider" } } } } };
    case "poor_pictures": {
      const quality = { result: "unidentified", properties: { missing_back: "When the back of a document is needed for processing, but is not available." } };
      return { result: "consider", sub_result: "rejected", breakdown: { ...breakdown, image_integrity: { result: "consider", breakdown: { image_quality: quality, supported_document: clear } } } };
    }
  }
}

/** The end of a workflow run that hands out its document report's answer, as the usual ones do. */
export function runEnd(outcome: Outcome): { status: string; output: Record<string, unknown>; reasons: string[] } {
  const { sub_result, breakdown } = reportResult("document", outcome);
  const status = { clear: "approved", rejected: "declined", consider: "review", poor_pictures: "declined" }[outcome];
  return { status, output: { sub_result, breakdown }, reasons: [] };
}
