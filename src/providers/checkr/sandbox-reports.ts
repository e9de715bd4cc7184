import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SandboxWorld } from "../sandbox-contract.ts";
import { accountOf, fail, jsonOf, orderSchema } from "./sandbox-http.ts";
import type { SandboxLife } from "./sandbox-life.ts";
import { newReport, objectId, packages, shown, shownReport, type StoredAdverseAction, type StoredCandidate, type StoredReport } from "./sandbox-objects.ts";

const defaultWaitMs = 7 * 86_400_000;

type ById = { Params: { id: string } };

/** Reports and what an employer decides on them. */
export function reportRoutes(app: FastifyInstance, world: SandboxWorld, life: SandboxLife): void {
  const own = (request: FastifyRequest, id: string) => {
    const report = world.objects("reports").get(id) as StoredReport | undefined;
    return report?.sandbox.account === accountOf(request) ? report : undefined;
  };

  app.post("/reports", async (request, reply) => {
    const body = orderSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "candidate_id and package are required");
    const candidate = world.objects("candidates").get(body.data.candidate_id) as StoredCandidate | undefined;
    if (candidate?.sandbox.account !== accountOf(request)) return fail(reply, 404, "Candidate not found");
    if (!packages.some(({ slug }) => slug === body.data.package)) return fail(reply, 404, "Package not found");
    // The real one wants more still, by package; nothing of it may pass through here.
    if (typeof candidate["dob"] !== "string") return fail(reply, 400, "dob is required");
    const report = newReport({ account: candidate.sandbox.account, candidate: candidate.id, slug: body.data.package, workLocations: body.data.work_locations ?? [], source: "api" });
    life.ordered(report);
    return shown(report);
  });

  app.get<ById & { Querystring: { include?: string } }>("/reports/:id", async (request, reply) => {
    const report = own(request, request.params.id);
    return report ? shownReport(report, request.query.include ?? "") : fail(reply, 404, "Resource not found");
  });

  app.post<ById>("/reports/:id", async (request, reply) => {
    const report = own(request, request.params.id);
    if (!report) return fail(reply, 404, "Resource not found");
    const body = z.object({ adjudication: z.literal("engaged") }).safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "adjudication is invalid");
    life.setAction(report.id, "canceled");
    return tell("report.engaged", life.change(report.id, { adjudication: "engaged" }) ?? report);
  });

  app.post<ById>("/reports/:id/complete", async (request, reply) => {
    const report = own(request, request.params.id);
    if (!report) return fail(reply, 404, "Resource not found");
    if (report.status !== "pending" && report.status !== "suspended") return fail(reply, 400, "report is already complete");
    const open = report.sandbox.screenings.filter(({ status }) => status !== "complete");
    for (const screening of open) Object.assign(screening, { status: "canceled", result: null });
    const done = { ...report, status: "complete" as const, result: null, includes_canceled: open.length > 0, completed_at: new Date().toISOString() };
    return tell("report.completed", life.change(report.id, done) ?? report);
  });

  function tell(type: string, report: StoredReport): Record<string, unknown> {
    life.tell(type, report);
    return shown(report);
  }

  adverseActionRoutes(app, world, life, own);
}

const adverseActionSchema = z.object({ adverse_item_ids: z.array(z.string()).min(1), post_notice_scheduled_at: z.iso.datetime({ offset: true }).optional() });

function adverseActionRoutes(app: FastifyInstance, world: SandboxWorld, life: SandboxLife, ownReport: (request: FastifyRequest, id: string) => StoredReport | undefined): void {
  const actions = world.objects("adverse_actions");
  const own = (request: FastifyRequest, id: string) => {
    const action = actions.get(id) as StoredAdverseAction | undefined;
    return action?.sandbox.account === accountOf(request) ? action : undefined;
  };
  const itemsOf = (report: StoredReport) =>
    report.sandbox.screenings.filter(({ result }) => result === "consider").map(({ id, type }) => ({ id, object: "adverse_item", text: `${type}: a record of the sandbox` }));
  /** Both routes are closed to a report without a finding, and to one with an adverse action under way. */
  const refuse = (report: StoredReport, reply: FastifyReply): FastifyReply | undefined => {
    if (report.status !== "complete" || report.result !== "consider") return fail(reply, 400, "Report is not in a consider status");
    const open = actions.list().some((action) => action["report_id"] === report.id && action["status"] !== "canceled");
    return open ? fail(reply, 400, "Report has a pre-existing adverse action. See https://docs.checkr.com/#operation/updateReport") : undefined;
  };

  app.get<ById>("/reports/:id/adverse_items", async (request, reply) => {
    const report = ownReport(request, request.params.id);
    if (!report) return fail(reply, 404, "Resource not found");
    const items = itemsOf(report);
    return refuse(report, reply) ?? { object: "list", data: items, count: items.length };
  });

  app.post<ById>("/reports/:id/adverse_actions", async (request, reply) => {
    const report = ownReport(request, request.params.id);
    if (!report) return fail(reply, 404, "Resource not found");
    const refusal = refuse(report, reply);
    if (refusal) return refusal;
    const body = adverseActionSchema.safeParse(jsonOf(request));
    const items = itemsOf(report).filter(({ id }) => body.data?.adverse_item_ids.includes(id));
    if (!body.success || items.length !== body.data.adverse_item_ids.length) return fail(reply, 400, "adverse_item_ids is invalid");
    const at = new Date(body.data.post_notice_scheduled_at ?? Date.now() + defaultWaitMs);
    const id = objectId();
    const action: StoredAdverseAction = {
      id, object: "adverse_action", uri: `/v1/adverse_actions/${id}`, created_at: new Date().toISOString(), status: "pending", report_id: report.id,
      post_notice_scheduled_at: at.toISOString(), post_notice_ready_at: at.toISOString(), canceled_at: null, adverse_items: items, sandbox: report.sandbox,
    };
    actions.put(id, action);
    life.noticed(action, at);
    return shown(action);
  });

  app.get<ById>("/adverse_actions/:id", async (request, reply) => {
    const action = own(request, request.params.id);
    return action ? shown(action) : fail(reply, 404, "Resource not found");
  });

  app.delete<ById>("/adverse_actions/:id", async (request, reply) => {
    const action = own(request, request.params.id);
    if (!action) return fail(reply, 404, "Resource not found");
    if (action.status === "complete" || action.status === "canceled") return fail(reply, 400, "adverse action is not pending");
    const canceled: StoredAdverseAction = { ...action, status: "canceled", canceled_at: new Date().toISOString() };
    actions.put(action.id, canceled);
    life.change(action.report_id, { adjudication: null });
    return shown(canceled);
  });
}
