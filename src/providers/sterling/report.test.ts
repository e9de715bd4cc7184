import { describe, expect, it } from "vitest";
import { sterlingSettings } from "./manifest.ts";
import { reportFrom } from "./report.ts";
import { refusalCode, reportLinkSchema, screeningSchema } from "./schemas.ts";

const read = (fields: object) => reportFrom(screeningSchema.parse({ id: 1806030372, ...fields }), 7);
const invite = { method: "link", link: "https://example.test/i" };

describe("a screening's status", () => {
  it.each([
    { fields: { status: "new", result: "n/a", invite }, state: "awaiting_candidate", result: null },
    { fields: { status: "new", result: "n/a" }, state: "in_progress", result: null },
    { fields: { status: "Pending", result: "Pending" }, state: "in_progress", result: null },
    { fields: { status: "In Progress", result: "Clear" }, state: "in_progress", result: null },
    { fields: { status: "Something New", result: "Clear" }, state: "in_progress", result: null },
    { fields: { status: "Complete", result: "Clear" }, state: "decided", result: "clear" },
    { fields: { status: "COMPLETED", result: "clear" }, state: "decided", result: "clear" },
    { fields: { status: "Complete", result: "Consider" }, state: "decided", result: "consider" },
    { fields: { status: "Complete", result: "Adverse" }, state: "decided", result: "consider" },
    { fields: { status: "Complete", result: "Cleared" }, state: "decided", result: "consider" },
    { fields: { status: "Complete" }, state: "decided", result: "consider" },
    { fields: { status: "Cancelled" }, state: "cancelled", result: null },
    { fields: { status: "Expired" }, state: "expired", result: null },
  ])("$fields.status $fields.result is $state $result", ({ fields, state, result }) => {
    expect(read(fields)).toMatchObject({ state, result, asOfMs: 7 });
  });

  it("has codes for the parts that are not clear, and keeps Sterling's words", () => {
    const reportItems = [
      { type: "SSN Trace", status: "complete", result: "clear" }, { type: "Drivers Record", status: "complete", result: "adverse" },
      { type: "Drug Screen - 13 Panel", status: "complete", result: "unperformable" }, { type: "Palm Reading", status: "complete", result: "negative_dilute" },
      { type: "OIG-Excluded Parties", status: "in_progress", result: null },
    ];
    const report = read({ status: "Complete", result: "Consider", reportItems });
    expect(report.reasons).toEqual(["driving_record", "check_unavailable", "other", "healthcare_sanction"]);
    expect(report.screenings.map(({ kind, state, result, rawStatus }) => [kind, state, result, rawStatus])).toEqual([
      ["identity", "complete", "clear", "complete/clear"], ["driving", "complete", "consider", "complete/adverse"], ["drug", "complete", null, "complete/unperformable"],
      ["other", "complete", null, "complete/negative_dilute"], ["healthcare_sanctions", "pending", null, "in_progress"],
    ]);
  });

  it("is read with no id that could lead elsewhere", () => {
    expect(screeningSchema.safeParse({ id: "../oauth", status: "new" }).success).toBe(false);
    expect(reportLinkSchema.safeParse({ url: "javascript:alert(1)" }).success).toBe(false);
    expect(reportLinkSchema.parse({ url: "https://example.test/r" })).toBe("https://example.test/r");
    expect(refusalCode({ errors: [{ code: "409#email?already-in-use", message: "jane@example.test" }] })).toBe("409:email:already-in-use");
  });
});

it("sends credentials nowhere but below Sterling's own domain", () => {
  for (const apiHost of ["api.us.sterlingcheck.app", "api.us.int.sterlingcheck.app", "API.EMEA.sterlingcheck.app"]) expect(sterlingSettings.safeParse({ apiHost }).success).toBe(true);
  for (const apiHost of ["example.com", "api.sterlingcheck.app.example.com", "api.example.com/.sterlingcheck.app", "api.us.sterlingcheck.app:8443", "x@api.us.sterlingcheck.app", "api..sterlingcheck.app", "sterlingcheck.app"]) {
    expect(sterlingSettings.safeParse({ apiHost }).success, apiHost).toBe(false);
  }
});
