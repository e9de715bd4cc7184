import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { onfidoSettings } from "./manifest.ts";
import { onfidoWebhook } from "./webhook.ts";

const settings = onfidoSettings.parse({});
const token = "token";

function parse(payload: unknown) {
  const body = Buffer.from(JSON.stringify({ payload }));
  const headers = { "x-sha2-signature": createHmac("sha256", token).update(body).digest("hex") };
  const verdict = onfidoWebhook.verify({ method: "POST", url: "https://x.example.test", headers, body }, { credentials: [{ apiToken: "a", webhookToken: token }], settings, now: new Date() });
  if (!verdict.ok) throw new Error(verdict.reason);
  return onfidoWebhook.parse(verdict.webhook)[0];
}

const at = { completed_at_iso8601: "2024-07-10T12:49:09Z" };

describe("whom the news are for", () => {
  it.each([
    { what: "the applicant, where the resource names one", payload: { resource_type: "workflow_run", action: "workflow_run.completed", object: { id: "run-1", ...at }, resource: { applicant_id: "app-1" } }, about: { kind: "applicant", reference: "app-1" } },
    { what: "the applicant of a check that is sent whole", payload: { resource_type: "check", action: "check.completed", object: { id: "check-1", ...at }, resource: { applicant_id: "app-1" } }, about: { kind: "applicant", reference: "app-1" } },
    { what: "the run, for one of its tasks", payload: { resource_type: "workflow_task", action: "workflow_task.completed", object: { id: "task-1", workflow_run_id: "run-1", ...at } }, about: { kind: "workflow_run", reference: "run-1" } },
    { what: "the run, where only the resource names it", payload: { resource_type: "workflow_task", action: "workflow_task.completed", object: { id: "task-1", ...at }, resource: { workflow_run_id: "run-1" } }, about: { kind: "workflow_run", reference: "run-1" } },
    { what: "the check alone", payload: { resource_type: "check", action: "check.completed", object: { id: "check-1", ...at } }, about: { kind: "check", reference: "check-1" } },
    { what: "the report alone", payload: { resource_type: "report", action: "report.completed", object: { id: "report-1", ...at } }, about: { kind: "report", reference: "report-1" } },
  ])("is $what", ({ payload, about }) => {
    expect(parse(payload)).toMatchObject({ about, type: payload.action, occurredAt: new Date("2024-07-10T12:49:09Z") });
  });
});

describe("verify", () => {
  it("fails closed while Onfido has not yet made a token", () => {
    const body = Buffer.from("{}");
    const headers = { "x-sha2-signature": createHmac("sha256", "").update(body).digest("hex") };
    expect(onfidoWebhook.verify({ method: "POST", url: "", headers, body }, { credentials: [{ apiToken: "a" }], settings, now: new Date() })).toEqual({ ok: false, reason: "no_secret" });
  });
});
