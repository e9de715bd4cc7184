import type { SandboxWorld } from "../sandbox-contract.ts";
import {
  type HeldEvent, newReport, shown, signedEvent, type StoredAdverseAction, type StoredCandidate, type StoredInvitation, type StoredReport, type StoredWebhook, tagsOf,
} from "./sandbox-objects.ts";

const lateSteps = 10;
/** How long an unused invitation lives, a candidate takes to send a missing document, and a dispute to be looked into. */
const longSteps = 20;

type Task = "consent" | "expire" | "decline" | "research" | "resume" | "dispute" | "revise" | "finalNotice";

/** Plays the candidate, Checkr's researchers and its post room. What happens is chosen by the tags of the candidate's address. */
export class SandboxLife {
  private readonly world: SandboxWorld;
  private readonly keyOf: (account: string) => string;

  constructor(world: SandboxWorld, keyOf: (account: string) => string) {
    this.world = world;
    this.keyOf = keyOf;
    const tasks: Record<Task, (id: string) => void> = {
      consent: (id) => this.consent(id), expire: (id) => this.expire(id), decline: (id) => this.decline(id), research: (id) => this.research(id),
      resume: (id) => this.resume(id), dispute: (id) => this.dispute(id), revise: (id) => this.revise(id), finalNotice: (id) => this.finalNotice(id),
    };
    for (const [task, run] of Object.entries(tasks)) world.onTask(task, (payload) => run(String(payload["id"])));
  }

  /** The link is followed a step later, unless the candidate never opens it or does not consent. */
  invited(invitation: StoredInvitation): void {
    const tags = tagsOf(this.candidateOf(invitation));
    this.tell("invitation.created", invitation);
    if (tags.includes("expire")) this.later("expire", invitation.id, longSteps);
    else this.later(tags.includes("decline") ? "decline" : "consent", invitation.id, 1);
  }

  ordered(report: StoredReport): void {
    const candidate = this.candidateOf(report);
    candidate.report_ids.push(report.id);
    this.save("candidates", candidate);
    this.save("reports", report);
    this.tell("report.created", report);
    this.later("research", report.id, 1);
  }

  /** Both sides of the adverse action are told, and a candidate with +consider+resubmit objects. */
  noticed(action: StoredAdverseAction, finalNoticeAt: Date): void {
    const report = this.change(action.report_id, { adjudication: "pre_adverse_action" });
    if (report === undefined) return;
    this.tell("report.pre_adverse_action", report);
    this.world.schedule({ task: "finalNotice", delayMs: Math.max(finalNoticeAt.getTime() - Date.now(), 0), payload: { id: action.id } });
    if (tagsOf(this.candidateOf(report)).includes("resubmit")) this.later("dispute", report.id, 1);
  }

  change(reportId: string, fields: Partial<StoredReport>): StoredReport | undefined {
    const report = this.world.objects("reports").get(reportId) as StoredReport | undefined;
    if (report === undefined) return undefined;
    const changed = { ...report, ...fields } as StoredReport;
    this.save("reports", changed);
    return changed;
  }

  /** To every webhook of the account. What +shuffle holds back arrives after the result, the last one first. */
  tell(type: string, object: StoredCandidate | StoredInvitation | StoredReport): void {
    const candidate = "candidate_id" in object ? this.candidateOf(object as StoredReport) : (object as StoredCandidate);
    const tags = tagsOf(candidate);
    if (tags.includes("silent")) return;
    const event: HeldEvent = { type, object: shown(object) };
    const first = type === "candidate.created" || type.startsWith("invitation.") || type === "report.created";
    if (tags.includes("shuffle") && first) {
      candidate.sandbox.held.push(event);
      return this.save("candidates", candidate);
    }
    this.send(candidate, event, 0);
    if (type !== "report.completed") return;
    const { held } = candidate.sandbox;
    candidate.sandbox.held = [];
    this.save("candidates", candidate);
    held.reverse().forEach((one, at) => this.send(candidate, one, at + 1));
  }

  private consent(id: string): void {
    const invitation = this.world.objects("invitations").get(id) as StoredInvitation | undefined;
    if (invitation?.status !== "pending" || invitation.deleted_at) return;
    const { account } = invitation.sandbox;
    const report = newReport({ account, candidate: invitation.candidate_id, slug: invitation.package, workLocations: invitation["work_locations"], source: "form" });
    Object.assign(invitation, { status: "completed", completed_at: new Date().toISOString(), report_id: report.id });
    this.save("invitations", invitation);
    this.tell("invitation.completed", invitation);
    this.ordered(report);
  }

  private expire(id: string): void {
    this.close(id, "invitation.expired", { status: "expired" });
  }

  private decline(id: string): void {
    this.close(id, "invitation.deleted", { deleted_at: new Date().toISOString() });
  }

  private close(id: string, type: string, fields: Partial<StoredInvitation>): void {
    const invitation = this.world.objects("invitations").get(id) as StoredInvitation | undefined;
    if (invitation?.status !== "pending" || invitation.deleted_at) return;
    Object.assign(invitation, fields);
    this.save("invitations", invitation);
    this.tell(type, invitation);
  }

  private research(id: string): void {
    const report = this.world.objects("reports").get(id) as StoredReport | undefined;
    if (report?.status !== "pending") return;
    const candidate = this.candidateOf(report);
    const tags = tagsOf(candidate);
    report.sandbox.attempts += 1;
    if (tags.includes("resubmit") && !tags.includes("consider") && report.sandbox.attempts === 1) {
      report.status = "suspended";
      this.save("reports", report);
      this.tell("candidate.id_required", candidate);
      this.tell("report.suspended", report);
      return this.later("resume", id, longSteps);
    }
    const wanted = tags.includes("reject") ? "county_criminal_search" : tags.includes("consider") ? "motor_vehicle_report" : null;
    const found = wanted === null ? undefined : (report.sandbox.screenings.find(({ type }) => type === wanted) ?? report.sandbox.screenings.at(-1));
    for (const screening of report.sandbox.screenings) Object.assign(screening, { status: "complete", result: screening === found ? "consider" : "clear" });
    const assessment = wanted === null ? "eligible" : tags.includes("reject") ? "escalated" : "review";
    Object.assign(report, { status: "complete", result: found ? "consider" : "clear", assessment, completed_at: new Date().toISOString() });
    this.save("reports", report);
    this.tell("report.completed", report);
  }

  private resume(id: string): void {
    const report = this.change(id, { status: "pending" });
    if (report === undefined) return;
    this.tell("report.resumed", report);
    this.later("research", id, 1);
  }

  private dispute(id: string): void {
    const report = this.change(id, { status: "dispute" });
    if (report === undefined) return;
    this.setAction(id, "dispute");
    this.tell("report.disputed", report);
    this.later("revise", id, longSteps);
  }

  /** The candidate was right: what had been found is somebody else's. */
  private revise(id: string): void {
    const report = this.world.objects("reports").get(id) as StoredReport | undefined;
    if (report?.status !== "dispute") return;
    for (const screening of report.sandbox.screenings) screening.result = "clear";
    Object.assign(report, { status: "complete", result: "clear", adjudication: null, assessment: "eligible", revised_at: new Date().toISOString() });
    this.save("reports", report);
    this.setAction(id, "canceled");
    this.tell("report.completed", report);
  }

  private finalNotice(actionId: string): void {
    const action = this.world.objects("adverse_actions").get(actionId) as StoredAdverseAction | undefined;
    if (action?.status !== "pending") return;
    this.save("adverse_actions", { ...action, status: "complete" });
    const report = this.change(action.report_id, { adjudication: "post_adverse_action" });
    if (report !== undefined) this.tell("report.post_adverse_action", report);
  }

  setAction(reportId: string, status: StoredAdverseAction["status"]): void {
    const open = this.world.objects("adverse_actions").find((one) => one["report_id"] === reportId && one["status"] !== "canceled" && one["status"] !== "complete");
    if (open !== undefined) this.save("adverse_actions", { ...(open as StoredAdverseAction), status });
  }

  private send(candidate: StoredCandidate, event: HeldEvent, steps: number): void {
    const tags = tagsOf(candidate);
    const { account } = candidate.sandbox;
    const delayMs = (steps + (tags.includes("late") ? lateSteps : 0)) * this.world.stepMs;
    for (const webhook of this.world.objects("webhooks").list() as StoredWebhook[]) {
      if (webhook.sandbox.account !== account) continue;
      const signed = signedEvent(event, { url: webhook.webhook_url, includeObject: webhook.include_object, key: this.keyOf(account), now: new Date() });
      const copies = tags.includes("duplicate") ? 3 : 1;
      for (let copy = 0; copy < copies; copy += 1) this.world.sendWebhook({ url: webhook.webhook_url, ...signed, delayMs });
    }
  }

  private later(task: Task, id: string, steps: number): void {
    this.world.schedule({ task, delayMs: steps * this.world.stepMs, payload: { id } });
  }

  private candidateOf(object: { candidate_id: string }): StoredCandidate {
    const candidate = this.world.objects("candidates").get(object.candidate_id);
    if (candidate === undefined) throw new Error("an order of the sandbox has no candidate");
    return candidate as StoredCandidate;
  }

  private save(type: string, object: { id: string; [field: string]: unknown }): void {
    this.world.objects(type).put(object.id, object);
  }
}
