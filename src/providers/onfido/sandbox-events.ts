import { createHmac } from "node:crypto";
import { onfidoTime, type StoredAttempt, type StoredEvent, type StoredReport, visible } from "./sandbox-store.ts";

// What Onfido tells its webhooks. https://documentation.onfido.com/api/latest#webhooks

/** News of a run, with the whole run beside it as payload version 3 has it. */
export function runEvent(run: StoredAttempt, base: string): StoredEvent {
  const { sdk_token: _token, link: _link, ...resource } = visible(run);
  return { resource_type: "workflow_run", action: "workflow_run.completed", object: { id: run.id, status: run.status, completed_at_iso8601: onfidoTime(), href: `${base}/workflow_runs/${run.id}` }, resource };
}

/** News of a run's task: they name the run, and not the applicant. */
export function taskEvent(run: StoredAttempt, status: "started" | "completed", base: string): StoredEvent {
  const id = "document_photo_5c229";
  const task = { task_def_id: "document_photo", workflow_run_id: run.id };
  return {
    resource_type: "workflow_task",
    action: `workflow_task.${status}`,
    object: { id, task_spec_id: id, ...task, status, [`${status}_at_iso8601`]: onfidoTime(), href: `${base}/workflow_runs/${run.id}/tasks/${id}` },
    resource: { id, ...task, task_def_version: null, created_at: run.created_at, updated_at: onfidoTime(), input: {}, output: null },
  };
}

/** News of a classic check or a report name that alone. */
export function checkEvent(check: StoredAttempt, what: "started" | "form_completed" | "completed", base: string): StoredEvent {
  return { resource_type: "check", action: `check.${what}`, object: { id: check.id, status: check.status, completed_at_iso8601: onfidoTime(), href: `${base}/checks/${check.id}` } };
}

export function reportEvent(report: StoredReport, base: string): StoredEvent {
  return { resource_type: "report", action: "report.completed", object: { id: report.id, status: "complete", completed_at_iso8601: onfidoTime(), href: `${base}/reports/${report.id}` } };
}

/** The bytes and headers of a delivery, signed with the webhook's own token. */
export function signedWebhook(body: Buffer, token: string): { headers: Record<string, string>; body: Buffer } {
  return { headers: { "content-type": "application/json", "x-sha2-signature": createHmac("sha256", token).update(body).digest("hex") }, body };
}
