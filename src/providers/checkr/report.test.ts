import { describe, expect, it } from "vitest";
import { reportFrom, reportFromInvitation } from "./report.ts";
import { invitationSchema, reportSchema } from "./schemas.ts";

const read = (fields: object) => reportFrom(reportSchema.parse({ id: "e44aa283528e6fde7d542194", status: "complete", ...fields }), 7);
const invited = (fields: object) => reportFromInvitation(invitationSchema.parse({ id: "a1", package: "p", status: "pending", ...fields }), 7);

describe("a report", () => {
  it.each([
    { fields: { status: "pending" }, state: "in_progress", result: null },
    { fields: { status: "something_new", result: "clear" }, state: "in_progress", result: null },
    { fields: { status: "suspended" }, state: "needs_input", result: null },
    { fields: { status: "dispute", adjudication: "pre_adverse_action" }, state: "disputed", result: null },
    { fields: { status: "canceled" }, state: "cancelled", result: null },
    { fields: { result: "clear" }, state: "decided", result: "clear" },
    { fields: { status: "clear" }, state: "decided", result: "clear" },
    { fields: { result: "clear", includes_canceled: true }, state: "decided", result: "consider" },
    { fields: { result: "consider", assessment: "eligible" }, state: "decided", result: "consider" },
    { fields: { result: "unheard_of" }, state: "decided", result: "consider" },
    { fields: { result: null }, state: "decided", result: "consider" },
    { fields: { result: "consider", adjudication: "engaged" }, state: "decided", result: "clear" },
    { fields: { result: "consider", adjudication: "pre_adverse_action" }, state: "pre_adverse", result: null },
    { fields: { result: "consider", adjudication: "post_adverse_action" }, state: "adverse", result: null },
  ])("$fields is $state $result", ({ fields, state, result }) => {
    expect(read(fields)).toMatchObject({ state, result, asOfMs: 7 });
  });

  it("names what was not clear in codes, and keeps Checkr's words", () => {
    const { reasons, screenings, rawStatus } = read({
      result: "consider", assessment: "review", candidate_id: "c1", candidate: { id: "c1", object: "candidate", ssn: "XXX-XX-4242" },
      ssn_trace: { id: "s1", object: "ssn_trace", status: "clear" },
      county_criminal_searches: [
        { id: "s2", object: "county_criminal_search", status: "complete", result: "consider", records: [{ full_name: "Jane Doe" }] },
        { id: "s3", object: "county_criminal_search", status: "complete", result: "clear" },
      ],
      drug_screening: { id: "s4", object: "drug_screening", status: "canceled" },
      palm_reading: { id: "s5", object: "palm_reading", status: "complete", result: "consider" },
    });
    expect(reasons).toEqual(["criminal_record", "check_unavailable", "other"]);
    expect(screenings.map(({ kind, state, result, rawKind }) => [kind, state, result, rawKind])).toEqual([
      ["identity", "complete", "clear", "ssn_trace"], ["criminal", "complete", "consider", "county_criminal_search"], ["criminal", "complete", "clear", "county_criminal_search"],
      ["drug", "cancelled", null, "drug_screening"], ["other", "complete", "consider", "palm_reading"],
    ]);
    expect(rawStatus).toBe("report/complete/consider/review");
    expect(JSON.stringify({ reasons, screenings, rawStatus })).not.toMatch(/Jane|4242/);
  });

  it("does not stumble over names that objects have by nature", () => {
    expect(read({ result: "consider", constructor: { id: "x", object: "constructor", status: "complete", result: "consider" } }).reasons).toEqual(["other"]);
  });
});

describe("an invitation", () => {
  it.each([
    { fields: {}, state: "awaiting_candidate", raw: "invitation/pending" }, { fields: { status: "completed" }, state: "consented", raw: "invitation/completed" },
    { fields: { status: "expired" }, state: "expired", raw: "invitation/expired" }, { fields: { deleted_at: "2026-01-01T00:00:00Z" }, state: "cancelled", raw: "invitation/deleted" },
    { fields: { status: "something_new" }, state: "awaiting_candidate", raw: "invitation/something_new" },
  ])("$raw is $state", ({ fields, state, raw }) => {
    expect(invited(fields)).toMatchObject({ state, result: null, rawStatus: raw });
  });

  it("is handed on with no link that is not http", () => {
    expect(invitationSchema.safeParse({ id: "a1", package: "p", status: "pending", invitation_url: "javascript:alert(1)" }).success).toBe(false);
  });
});
