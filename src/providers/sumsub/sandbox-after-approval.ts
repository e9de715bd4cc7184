import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SandboxWorld } from "../sandbox-contract.ts";
import { accountOf, fail, findApplicant, jsonOf, notFound, objectId } from "./sandbox-http.ts";
import type { SimulatedPerson } from "./sandbox-person.ts";

const levels = ["basic-kyc-level", "id-and-address-level", "id-and-watchlist-level", "action-level"];
const newAction = z.looseObject({ externalActionId: z.string().min(1).max(512) });

/** Levels, what was wrong with each step, and what goes on with a person who was verified: actions and monitoring. */
export function afterApprovalRoutes(app: FastifyInstance, world: SandboxWorld, person: SimulatedPerson): void {
  const actions = world.objects("applicantActions");

  app.get("/resources/applicants/-/levels", async () => ({ list: { items: levels.map((name) => ({ id: name, name })) } }));

  app.get<{ Params: { id: string } }>("/resources/applicants/:id/requiredIdDocsStatus", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    if (!applicant) return notFound(reply);
    const { reviewResult } = applicant.review;
    return { IDENTITY: reviewResult === undefined ? null : { idDocType: "PASSPORT", country: "DEU", imageIds: [], reviewResult }, SELFIE: null };
  });

  /** https://docs.sumsub.com/reference/create-applicant-action */
  app.post<{ Params: { id: string }; Querystring: { levelName?: string } }>("/resources/applicantActions/-/forApplicant/:id", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    if (!applicant) return notFound(reply);
    const body = newAction.safeParse(jsonOf(request));
    if (!request.query.levelName || !body.success) return fail(reply, 400, "levelName and externalActionId are required");
    const action = { id: objectId(), applicantId: applicant.id, externalActionId: body.data.externalActionId, review: { levelName: request.query.levelName, reviewStatus: "pending" } };
    actions.put(action.id, action);
    person.acted(applicant, action);
    return reply.code(201).send(action);
  });

  app.get<{ Params: { id: string } }>("/resources/applicantActions/:id/one", async (request, reply) => {
    const action = actions.get(request.params.id);
    const known = action && findApplicant(world, accountOf(request), String(action["applicantId"]));
    return known ? action : fail(reply, 404, "Action not found");
  });

  /** Monitoring goes over its lists again, for people who were approved only. https://docs.sumsub.com/reference/run-aml-check */
  app.post<{ Params: { id: string } }>("/resources/applicants/:id/recheck/aml", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    if (!applicant) return notFound(reply);
    if (applicant.review.reviewResult?.reviewAnswer !== "GREEN") return fail(reply, 409, "Applicant is not approved");
    person.monitored(applicant);
    return { ok: 1 };
  });
}
