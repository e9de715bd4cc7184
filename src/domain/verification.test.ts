import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDecision, isTerminal, reviewPolicies, verificationStatuses, type ProviderDecision, type ReviewPolicy, type VerificationState } from "./verification.ts";

const decision = fc.record<ProviderDecision>({
  state: fc.constantFrom("awaiting_candidate", "submitted", "pending", "needs_input"),
  result: fc.constant(null),
  reasons: fc.constant([]),
  rawStatus: fc.constant("x"),
});
const decided = (result: "clear" | "consider" | "rejected"): ProviderDecision => ({ state: "decided", result, reasons: [], rawStatus: "x" });
const created: VerificationState = { status: "created", result: null, reasons: [] };

function play(decisions: ProviderDecision[], policy: ReviewPolicy): VerificationState {
  return decisions.reduce<VerificationState>((state, next) => applyDecision(state, next, policy) ?? state, created);
}

describe("the state machine", () => {
  it("ends the same whatever came before the decision and whatever comes late after it", () => {
    fc.assert(
      fc.property(fc.array(decision), fc.array(decision), fc.constantFrom(...reviewPolicies), (before, after, policy) => {
        const once = play([...before, decided("clear")], policy);
        expect(play([...before, decided("clear"), ...after, decided("rejected"), ...after], policy)).toEqual(once);
        expect(once.status).toBe(policy === "always" ? "in_review" : "completed");
      }),
    );
  });

  it("takes repeated news as one", () => {
    for (const status of verificationStatuses) {
      const state: VerificationState = { status, result: null, reasons: [] };
      const again = applyDecision(state, decided("clear"), "never");
      if (isTerminal(status) || status === "in_review") expect(again).toBeNull();
      else expect(again === null ? null : applyDecision(again, decided("clear"), "never")).toBeNull();
    }
  });

  it("asks a person only where the policy says so", () => {
    expect(play([decided("consider")], "on_consider").status).toBe("in_review");
    expect(play([decided("consider")], "never")).toMatchObject({ status: "completed", result: "consider" });
    expect(play([decided("rejected")], "on_consider")).toMatchObject({ status: "completed", result: "rejected" });
    expect(play([decided("clear")], "always").status).toBe("in_review");
  });

  it("says submitted first when the provider is at work after the candidate's turn", () => {
    const pending: ProviderDecision = { state: "pending", result: null, reasons: [], rawStatus: "pending" };
    expect(play([pending], "never").status).toBe("submitted");
    expect(play([pending, pending], "never").status).toBe("pending");
  });
});
