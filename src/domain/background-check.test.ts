import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adjudications, applyAdjudication, applyReport, backgroundCheckStatuses, type BackgroundCheckState, type BackgroundReport, hasMoved,
  isBackgroundCheckOver, newBackgroundCheck, refusalOf, reportStates, type ReportState,
} from "./background-check.ts";
import { reviewPolicies, type ReviewPolicy } from "./verification.ts";

function report(state: ReportState, asOfMs: number, result: "clear" | "consider" | null = null): BackgroundReport {
  return { state, result: state === "decided" ? (result ?? "clear") : null, reasons: result === "consider" ? ["criminal_record"] : [], screenings: [], rawStatus: state, asOfMs };
}

function play(reports: BackgroundReport[], policy: ReviewPolicy = "on_consider", from: BackgroundCheckState = newBackgroundCheck): BackgroundCheckState {
  return reports.reduce((state, next) => applyReport(state, next, policy), from);
}

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

const ending: ReadonlySet<ReportState> = new Set(["decided", "expired", "cancelled", "adverse"]);
/** What a vendor may say on the way: nothing that ends a check, but a finding that a person must look at. */
const onTheWay = fc.constantFrom(
  ...reportStates.filter((state) => !ending.has(state)).map((state) => ({ state, result: null })),
  { state: "decided" as const, result: "consider" as const },
);
const atTheEnd = fc.constantFrom(
  ...reportStates.map((state) => ({ state, result: null as "clear" | "consider" | null })), { state: "decided" as const, result: "consider" as const },
);
/** A check may be met at any point that it has not left for good, also after our own decisions. */
const under = fc.record({
  status: fc.constantFrom(...backgroundCheckStatuses.filter((status) => !isBackgroundCheckOver(status))),
  notified: fc.boolean(), disputeOpen: fc.boolean(),
});

describe("the vendor's reports", () => {
  it("end in one same state in every order of five, each twice", () => {
    fc.assert(
      fc.property(
        fc.array(onTheWay, { minLength: 4, maxLength: 4 }), atTheEnd, fc.constantFrom("always" as const, "on_consider" as const), under,
        (way, end, policy, start) => {
          const told = [...way, end].map(({ state, result }, at) => report(state, 1_000 + at, result));
          const from = { ...newBackgroundCheck, ...start };
          const inOrder = play(told, policy, from);
          for (const order of permutations(told)) {
            expect(play([...order, ...order], policy, from)).toEqual(inOrder);
            expect(play(order.flatMap((one) => [one, one]), policy, from)).toEqual(inOrder);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("end in one same state when two were asked for at the same instant", () => {
    const [early, late] = [report("in_progress", 5), report("decided", 5, "consider")];
    expect(play([early, late])).toEqual(play([late, early]));
    expect(play([report("decided", 5, "clear"), report("decided", 5, "consider")], "always")).toMatchObject({ result: "consider" });
    expect(play([report("decided", 5, "consider"), report("decided", 5, "clear")], "always")).toMatchObject({ result: "consider" });
  });

  it("change nothing when they are late or repeated: the very same object comes back", () => {
    const state = play([report("needs_input", 9)]);
    for (const late of [report("needs_input", 9), report("decided", 8), report("in_progress", 9)]) expect(applyReport(state, late, "never")).toBe(state);
  });

  it("never move a check that is over", () => {
    fc.assert(
      fc.property(atTheEnd, fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(...reviewPolicies), ({ state, result }, at, policy) => {
        for (const status of backgroundCheckStatuses.filter(isBackgroundCheckOver)) {
          const over: BackgroundCheckState = { ...newBackgroundCheck, status };
          expect(applyReport(over, report(state, at, result), policy)).toBe(over);
        }
      }),
    );
  });

  it("are remembered as heard though they say the same, so that an older one in between stays late", () => {
    const first = play([report("in_progress", 1)]);
    const second = applyReport(first, report("in_progress", 5), "never");
    expect(hasMoved(first, second)).toBe(false);
    expect(applyReport(second, report("needs_input", 3), "never")).toBe(second);
  });

  it("ask a person only where the policy says so, and never clear what was found", () => {
    expect(play([report("decided", 1, "clear")])).toMatchObject({ status: "completed", result: "clear" });
    expect(play([report("decided", 1, "clear")], "always")).toMatchObject({ status: "in_review", result: "clear" });
    expect(play([report("decided", 1, "consider")])).toMatchObject({ status: "in_review", result: "consider", reasons: ["criminal_record"] });
    expect(play([report("decided", 1, "consider")], "never")).toMatchObject({ status: "completed", result: "consider" });
  });

  it("do not take our notice back, and pause its clock while the report is looked into anew", () => {
    const notified: BackgroundCheckState = { ...newBackgroundCheck, status: "pre_adverse", result: "consider", notified: true };
    expect(play([report("decided", 1, "consider")], "on_consider", notified)).toMatchObject({ status: "pre_adverse" });
    const anew = play([report("in_progress", 2)], "on_consider", notified);
    expect(anew).toMatchObject({ status: "disputed", result: "consider" });
    expect(play([report("decided", 3, "consider")], "on_consider", anew)).toMatchObject({ status: "pre_adverse" });
    expect(play([report("decided", 3, "clear")], "on_consider", anew)).toMatchObject({ status: "completed", result: "clear" });
  });

  it("do not end a dispute that the candidate told us of, unless they clear the candidate", () => {
    const told: BackgroundCheckState = { ...newBackgroundCheck, status: "disputed", result: "consider", notified: true, disputeOpen: true };
    for (const state of ["pre_adverse", "disputed"] as const) expect(play([report(state, 1)], "on_consider", told).status).toBe("disputed");
    expect(play([report("decided", 1, "consider")], "on_consider", told).status).toBe("disputed");
    expect(play([report("decided", 1, "clear")], "on_consider", told).status).toBe("completed");
  });
});

describe("the employer's decisions", () => {
  const considered: BackgroundCheckState = { ...newBackgroundCheck, status: "in_review", result: "consider" };

  it("lead to adverse only by way of the notice and the wait", () => {
    expect(refusalOf(considered, "complete_adverse_action", true)).not.toBeNull();
    const notified = applyAdjudication(considered, "start_adverse_action");
    expect(refusalOf(notified, "complete_adverse_action", false)).toMatch(/not over/);
    expect(refusalOf(notified, "complete_adverse_action", true)).toBeNull();
    expect(applyAdjudication(notified, "complete_adverse_action")).toMatchObject({ status: "completed", result: "adverse" });
  });

  it("let a dispute stop the way and go on where it was", () => {
    const notified = applyAdjudication(considered, "start_adverse_action");
    for (const [before, status] of [[considered, "in_review"], [notified, "pre_adverse"]] as const) {
      const disputed = applyAdjudication(before, "open_dispute");
      expect(refusalOf(disputed, "complete_adverse_action", true)).not.toBeNull();
      expect(refusalOf(disputed, "close_dispute", false)).toBeNull();
      expect(applyAdjudication(disputed, "close_dispute").status).toBe(status);
    }
    expect(refusalOf({ ...notified, status: "disputed" }, "close_dispute", false)).toMatch(/provider/);
  });

  it("take no adverse action on a clear report, and none on a check that is over or has not been reported", () => {
    expect(refusalOf({ ...considered, result: "clear" }, "start_adverse_action", true)).not.toBeNull();
    const allowed = ["in_review", "pre_adverse", "disputed"];
    for (const status of backgroundCheckStatuses.filter((one) => !allowed.includes(one))) {
      for (const adjudication of adjudications) expect(refusalOf({ ...considered, status }, adjudication, true), `${status} ${adjudication}`).not.toBeNull();
    }
  });

  it("engage a candidate at any time before the end", () => {
    for (const status of ["in_review", "pre_adverse", "disputed"] as const) {
      expect(refusalOf({ ...considered, status }, "engage", false)).toBeNull();
      expect(applyAdjudication({ ...considered, status }, "engage")).toMatchObject({ status: "completed", result: "clear" });
    }
  });
});
