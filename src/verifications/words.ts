import type { ReviewDecision, VerificationState } from "../domain/verification.ts";

/** What the timeline says, for HR staff: no vendor's words, no codes. */

export function decisionWords(next: VerificationState, provider: string, cause: "webhook" | "poll" | "person"): { summary: string; step: string } {
  const learned = cause === "poll" ? ` No webhook had arrived; Waystation asked ${provider} itself.` : "";
  const [summary, step] = ((): [string, string] => {
    switch (next.status) {
      case "submitted":
        return ["The candidate handed in what was asked for.", `Waiting for ${provider}`];
      case "pending":
        return [`${provider} is checking.`, `Waiting for ${provider}`];
      case "needs_input":
        return [`${provider} needs something again from the candidate.`, "Waiting for the candidate"];
      case "in_review":
        return [`${provider} leaves the decision to a person.`, "Waiting for a reviewer"];
      case "completed":
        return [next.result === "clear" ? `${provider} confirmed the candidate's identity.` : next.result === "consider" ? `${provider} found something to consider.` : `${provider} rejected the verification.`, "Done"];
      default:
        return [`${provider} changed the verification.`, "Waiting"];
    }
  })();
  return { summary: summary + learned, step };
}

export function reviewWords(decision: ReviewDecision, reason: string): string {
  return `${decision === "approve" ? "Approved" : "Rejected"} by review: ${reason}`;
}

export function stuckWords(step: string, problem: string | null): { kind: string; summary: string } {
  if (problem === null) return { kind: "run.recovered", summary: "The run goes on again." };
  return { kind: "run.stuck", summary: `Stuck at "${step}": ${problem}. Waystation tries again by itself; an operator can say when.` };
}
