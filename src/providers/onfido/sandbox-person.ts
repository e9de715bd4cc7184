import { magicTagsOf, type MagicTag, type SandboxWorld } from "../sandbox-contract.ts";
import { checkEvent, reportEvent, runEvent, signedWebhook, taskEvent } from "./sandbox-events.ts";
import { outcomeFor, reportResult, runEnd } from "./sandbox-reports.ts";
import { newAttempt, type OnfidoStore, type StoredAttempt, type StoredEvent } from "./sandbox-store.ts";
import { makeReports } from "./sandbox-make-reports.ts";

const lateSteps = 10;
/** Nobody sent a new link: somebody does so in Onfido's dashboard after a while. */
const resubmissionSteps = 100;
const apiBase = "https://api.eu.onfido.com/v3.6";

/** Plays the candidate and Onfido's analysts: the link is opened, papers are handed in, an answer is given. */
export class SimulatedPerson {
  private readonly world: SandboxWorld;
  private readonly store: OnfidoStore;

  constructor(world: SandboxWorld, store: OnfidoStore) {
    this.world = world;
    this.store = store;
    const attemptIn = (payload: Record<string, unknown>): StoredAttempt | undefined => store.attempt(payload["kind"] as StoredAttempt["kind"], String(payload["id"]));
    world.onTask("submit", (payload) => this.submit(attemptIn(payload)));
    world.onTask("decide", (payload) => this.decide(attemptIn(payload)));
    world.onTask("again", (payload) => this.again(attemptIn(payload)));
  }

  /** A link was made: the person follows it a step later, unless they never do. */
  invited(attempt: StoredAttempt): void {
    attempt.status = attempt.kind === "check" ? "awaiting_applicant" : "awaiting_input";
    this.store.saveAttempt(attempt);
    this.tell(attempt, attempt.kind === "check" ? checkEvent(attempt, "started", apiBase) : taskEvent(attempt, "started", apiBase));
    if (!this.tagsOf(attempt).includes("expire")) this.later("submit", attempt, 1);
  }

  /** Papers that came through the API are complete at once. */
  handedIn(attempt: StoredAttempt): void {
    this.process(attempt);
    this.tell(attempt, attempt.kind === "check" ? checkEvent(attempt, "started", apiBase) : taskEvent(attempt, "completed", apiBase));
  }

  private submit(attempt: StoredAttempt | undefined): void {
    if (attempt?.status !== "awaiting_applicant" && attempt?.status !== "awaiting_input") return;
    this.process(attempt);
    this.tell(attempt, attempt.kind === "check" ? checkEvent(attempt, "form_completed", apiBase) : taskEvent(attempt, "completed", apiBase));
  }

  private process(attempt: StoredAttempt): void {
    attempt.status = attempt.kind === "check" ? "in_progress" : "processing";
    this.store.saveAttempt(attempt);
    const applicant = this.store.applicant(attempt.sandbox.account, attempt.applicant_id);
    if (applicant === undefined) return;
    applicant.sandbox.submissions += 1;
    this.store.saveApplicant(applicant);
    this.later("decide", attempt, 1);
  }

  private decide(attempt: StoredAttempt | undefined): void {
    if (attempt?.status !== "in_progress" && attempt?.status !== "processing") return;
    const applicant = this.store.applicant(attempt.sandbox.account, attempt.applicant_id);
    const outcome = outcomeFor(this.tagsOf(attempt), applicant?.sandbox.submissions ?? 1);
    const reports = this.store.reports(attempt.id).map((report) => ({ ...report, status: "complete", ...reportResult(report.name, outcome) }));
    for (const report of reports) this.store.saveReport(report);
    if (attempt.kind === "workflow_run") Object.assign(attempt, runEnd(outcome));
    else Object.assign(attempt, { status: "complete", result: outcome === "clear" ? "clear" : "consider" });
    const { held } = attempt.sandbox;
    attempt.sandbox.held = [];
    this.store.saveAttempt(attempt);

    this.send(attempt, attempt.kind === "check" ? checkEvent(attempt, "completed", apiBase) : runEvent(attempt, apiBase), 0);
    for (const report of reports) this.send(attempt, reportEvent(report, apiBase), 0);
    // The ones held back by +shuffle arrive after the answer, the last one first.
    held.reverse().forEach((event, index) => this.send(attempt, event, index + 1));
    if (outcome === "poor_pictures") this.later("again", attempt, resubmissionSteps);
  }

  /** Nobody asked the person again through the API. */
  private again(asked: StoredAttempt | undefined): void {
    if (asked === undefined || this.store.attempts(asked.kind, asked.applicant_id)[0]?.id !== asked.id) return;
    const { sandbox, id: _id, applicant_id: applicantId, kind, report_ids: _reports, result: _result, output: _output, reasons: _reasons, ...fields } = asked;
    const attempt = newAttempt(kind, sandbox.account, applicantId, fields);
    if (kind === "check") attempt["report_ids"] = makeReports(this.store, attempt, this.store.reports(asked.id).map(({ name }) => name));
    this.handedIn(attempt);
  }

  /** What is told before the answer is held back by +shuffle. */
  private tell(attempt: StoredAttempt, event: StoredEvent): void {
    if (!this.tagsOf(attempt).includes("shuffle")) return this.send(attempt, event, 0);
    attempt.sandbox.held.push(event);
    this.store.saveAttempt(attempt);
  }

  /** To every webhook of the account that is switched on and asked for the event. */
  private send(attempt: StoredAttempt, event: StoredEvent, steps: number): void {
    const tags = this.tagsOf(attempt);
    if (tags.includes("silent")) return;
    const delayMs = (steps + (tags.includes("late") ? lateSteps : 0)) * this.world.stepMs;
    for (const webhook of this.store.webhooks(attempt.sandbox.account)) {
      const asked = webhook.enabled && includes(webhook.events, event.action) && includes(webhook.environments, "sandbox");
      if (!asked) continue;
      const { resource, ...short } = event;
      const payload = webhook.payload_version >= 3 && resource !== undefined ? { ...short, resource } : short;
      const { headers, body } = signedWebhook(Buffer.from(JSON.stringify({ payload })), webhook.token);
      for (let copy = 0; copy < (tags.includes("duplicate") ? 3 : 1); copy += 1) this.world.sendWebhook({ url: webhook.url, headers, body, delayMs });
    }
  }

  private tagsOf(attempt: StoredAttempt): MagicTag[] {
    return magicTagsOf(this.store.applicant(attempt.sandbox.account, attempt.applicant_id)?.email);
  }

  private later(task: "submit" | "decide" | "again", { kind, id }: StoredAttempt, steps: number): void {
    this.world.schedule({ task, delayMs: steps * this.world.stepMs, payload: { kind, id } });
  }
}

/** No list stands for all. */
function includes(list: string[], one: string): boolean {
  return list.length === 0 || list.includes(one);
}
