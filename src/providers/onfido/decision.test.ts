import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reasons } from "../reasons.ts";
import type { OnfidoCheck, OnfidoReport, OnfidoRun } from "./answers.ts";
import { failedPaths, reasonNamed, reasonsIn } from "./breakdown-reasons.ts";
import { decisionFromCheck, decisionFromRun } from "./decision.ts";

const policy = { askAgain: true };
const complete: OnfidoCheck = { id: "c", status: "complete", result: "consider" };
const report = (name: string, more: Partial<OnfidoReport> = {}): OnfidoReport => ({ id: "r", name, status: "complete", result: "clear", sub_result: null, breakdown: {}, ...more });
const failed = (path: string): object => path.split(".").reverse().reduce<object>((inner, name) => ({ [name]: { result: "consider", ...(Object.keys(inner).length > 0 ? { breakdown: inner } : {}) } }), {});

describe("a classic check", () => {
  it.each([
    { status: "awaiting_applicant", state: "awaiting_candidate", result: null }, { status: "in_progress", state: "pending", result: null },
    { status: "paused", state: "pending", result: null }, { status: "reopened", state: "pending", result: null },
    { status: "something_new", state: "pending", result: null }, { status: "withdrawn", state: "decided", result: "consider" },
  ])("that is $status is $state $result", ({ status, state, result }) => {
    expect(decisionFromCheck({ id: "c", status }, [], policy)).toMatchObject({ state, result });
  });

  it("is clear only when it and all its reports are", () => {
    const clear = { ...complete, result: "clear" };
    const document = report("document", { sub_result: "clear" });
    expect(decisionFromCheck(clear, [document, report("facial_similarity_photo")], policy)).toEqual({ state: "decided", result: "clear", reasons: [], rawStatus: "complete/clear" });
    for (const [check, reports] of [
      [clear, []], [complete, [document]], [{ ...clear, result: null }, [document]], [clear, [document, report("watchlist_aml", { result: "consider" })]],
      [clear, [document, report("facial_similarity_photo", { result: null })]], [clear, [report("document", { sub_result: "something_new" })]],
    ] as [OnfidoCheck, OnfidoReport[]][]) {
      expect(decisionFromCheck(check, reports, policy)).toMatchObject({ state: "decided", result: "consider", reasons: expect.arrayContaining([expect.any(String)]) });
    }
  });

  it.each([
    { sub_result: "suspected", path: "visual_authenticity.fonts", state: "decided", result: "rejected", reason: "document_forged" },
    { sub_result: "suspected", path: "police_record", state: "decided", result: "rejected", reason: "document_compromised" },
    { sub_result: "caution", path: "data_comparison.last_name", state: "decided", result: "consider", reason: "data_mismatch" },
    { sub_result: "caution", path: "data_validation.document_expiration", state: "decided", result: "consider", reason: "document_expired" },
    { sub_result: "rejected", path: "image_integrity.image_quality", state: "needs_input", result: null, reason: "document_unreadable" },
    { sub_result: "rejected", path: "image_integrity.supported_document", state: "needs_input", result: null, reason: "document_not_accepted" },
  ])("whose document is $sub_result for $path is $state $result", ({ sub_result, path, state, result, reason }) => {
    const decision = decisionFromCheck(complete, [report("document", { result: "consider", sub_result, breakdown: failed(path) })], policy);
    expect(decision).toEqual({ state, result, reasons: [reason], rawStatus: `complete/consider/document:${sub_result}+${path}` });
  });

  it("leaves poor pictures to a person where they are not to be asked for again", () => {
    const poor = report("document", { result: "consider", sub_result: "rejected", breakdown: failed("image_integrity.image_quality") });
    expect(decisionFromCheck(complete, [poor], { askAgain: false })).toMatchObject({ state: "decided", result: "consider" });
  });

  it("does not ask again when more than the pictures failed", () => {
    const poor = report("document", { result: "consider", sub_result: "rejected", breakdown: failed("image_integrity.image_quality") });
    const other = report("watchlist_aml", { result: "consider", breakdown: failed("sanction") });
    expect(decisionFromCheck(complete, [poor, other], policy)).toMatchObject({ state: "decided", result: "consider", reasons: ["document_unreadable", "sanctions_match"] });
  });

  it("takes a face that nobody could see for a poor picture, and another face for none", () => {
    const unseen = report("facial_similarity_photo", { result: "consider", breakdown: failed("image_integrity.face_detected") });
    expect(decisionFromCheck(complete, [unseen], policy)).toMatchObject({ state: "needs_input", reasons: ["selfie_unreadable"] });
    const other = report("facial_similarity_photo", { result: "consider", breakdown: failed("face_comparison.face_match") });
    expect(decisionFromCheck(complete, [other], policy)).toMatchObject({ result: "consider", reasons: ["selfie_mismatch"] });
    const played = report("facial_similarity_photo", { result: "consider", breakdown: failed("visual_authenticity.spoofing_detection") });
    expect(decisionFromCheck(complete, [played], policy)).toMatchObject({ result: "consider", reasons: ["liveness_failed"] });
  });
});

describe("a workflow run", () => {
  const run = (status: string, more: Partial<OnfidoRun> = {}): OnfidoRun => ({ id: "r", status, output: null, ...more });

  it.each([
    { status: "awaiting_input", state: "awaiting_candidate", result: null, why: [] }, { status: "processing", state: "pending", result: null, why: [] },
    { status: "something_new", state: "pending", result: null, why: [] }, { status: "approved", state: "decided", result: "clear", why: [] },
    { status: "declined", state: "decided", result: "rejected", why: ["other"] }, { status: "review", state: "decided", result: "consider", why: ["other"] },
    { status: "error", state: "decided", result: "consider", why: ["check_unavailable"] }, { status: "awaiting_client_input", state: "decided", result: "consider", why: ["check_unavailable"] },
    { status: "abandoned", state: "needs_input", result: null, why: [] },
  ])("that is $status is $state $result", ({ status, state, result, why }) => {
    expect(decisionFromRun(run(status), policy)).toEqual({ state, result, reasons: why, rawStatus: status });
  });

  it("reads the document's answer in its output, and keeps the workflow's own words", () => {
    const output = { sub_result: "suspected", breakdown: failed("visual_authenticity.template"), first_name: "Jane" };
    const decision = decisionFromRun(run("declined", { output, reasons: ["Police record", "<b>Jane</b>"] }), policy);
    expect(decision).toEqual({
      state: "decided", result: "rejected", reasons: ["document_forged", "document_compromised", "other"],
      rawStatus: "declined/suspected/Police record+bJaneb+visual_authenticity.template",
    });
  });

  it("asks again for poor pictures, also when the workflow declined, unless told not to", () => {
    const poor = run("declined", { output: { sub_result: "rejected", breakdown: { image_integrity: { result: "consider", breakdown: { image_quality: { result: "unidentified", properties: { missing_back: "…", blurred_photo: "clear" } } } } } } });
    expect(decisionFromRun(poor, policy)).toEqual({ state: "needs_input", result: null, reasons: ["document_incomplete"], rawStatus: "declined/rejected/image_integrity.image_quality.missing_back" });
    expect(decisionFromRun(poor, { askAgain: false })).toMatchObject({ state: "decided", result: "rejected" });
  });
});

describe("breakdowns", () => {
  it("only ever give published reasons, whatever Onfido sends", () => {
    const names = fc.constantFrom("document", "facial_similarity_motion", "watchlist_enhanced", "known_faces", "identity_enhanced", "constructor", "__proto__", "new_report");
    fc.assert(
      fc.property(names, fc.json({ maxDepth: 8 }), (name, json) => {
        const found = reasonsIn(name, failedPaths(JSON.parse(json)));
        return found.length > 0 && found.every((reason) => Object.hasOwn(reasons, reason));
      }),
    );
  });

  it("never give a value, and stop somewhere", () => {
    const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ breakdown: { a: { result: "consider", ...inner } } }), {});
    expect(failedPaths({ a: { result: "consider", ...deep }, document_numbers: { result: "consider", properties: { value: "X1234567" } } }).join()).not.toMatch(/X1234567/);
    expect(failedPaths(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`n${n}`, { result: "consider" }])))).toHaveLength(50);
    expect(reasonNamed("constructor")).toBe("other");
  });
});
