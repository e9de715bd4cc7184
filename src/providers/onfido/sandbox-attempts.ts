import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { accountOf, fail, readBody } from "./sandbox-http.ts";
import { makeReports } from "./sandbox-make-reports.ts";
import type { SimulatedPerson } from "./sandbox-person.ts";
import { linkSecret, newAttempt, type OnfidoStore, onfidoTime, visible } from "./sandbox-store.ts";

export interface AttemptRoutes {
  store: OnfidoStore;
  person: SimulatedPerson;
  /** The path of the sandbox below its host. */
  prefix: string;
}

const newRun = z.looseObject({
  applicant_id: z.string().min(1),
  workflow_id: z.uuid(),
  tags: z.array(z.string().min(1).max(128)).max(30).nullish(),
  customer_user_id: z.string().max(256).optional(),
  link: z.object({ expires_at: z.iso.datetime({ offset: true }).nullish(), completed_redirect_url: z.string().nullish(), expired_redirect_url: z.string().nullish(), language: z.string().nullish() }).optional(),
  custom_data: z.record(z.string(), z.unknown()).optional(),
});

/** https://documentation.onfido.com/api/latest#workflow-runs */
export function runRoutes(app: FastifyInstance, { store, person, prefix }: AttemptRoutes): void {
  app.post("/workflow_runs", async (request, reply) => {
    const body = readBody(request, newRun);
    if ("fields" in body) return fail(reply, 422, body.fields);
    const { applicant_id: applicantId, custom_data: custom, link, ...rest } = body.value;
    const applicant = store.applicant(accountOf(request), applicantId);
    if (applicant === undefined) return fail(reply, 422, { applicant_id: ["invalid"] });
    const url = `${originOf(request)}${prefix}/run/${linkSecret()}`;
    const run = newAttempt("workflow_run", accountOf(request), applicant.id, {
      ...rest, workflow_version_id: 1, updated_at: onfidoTime(), dashboard_url: "https://dashboard.onfido.com/results", output: null, reasons: [], sdk_token: `sandbox-run-${linkSecret()}`, link: { ...link, url },
    });
    // Documents that the workflow is given need nothing of the person.
    if (custom?.["document_ids"] === undefined) person.invited(run);
    else person.handedIn(run);
    return reply.code(201).send(visible(run));
  });

  app.get<{ Querystring: { applicant_id?: string; page?: string } }>("/workflow_runs", async (request) => {
    const applicant = store.applicant(accountOf(request), request.query.applicant_id);
    const page = Math.max(1, Number(request.query.page ?? 1) || 1);
    return applicant === undefined ? [] : store.attempts("workflow_run", applicant.id).slice((page - 1) * 20, page * 20).map(visible);
  });

  app.get<{ Params: { id: string } }>("/workflow_runs/:id", async (request, reply) => {
    const run = store.attempt("workflow_run", request.params.id);
    return run?.sandbox.account === accountOf(request) ? visible(run) : fail(reply, 404);
  });

  app.post("/sdk_token", async (request, reply) => {
    const body = readBody(request, z.object({ applicant_id: z.string().min(1), referrer: z.string().optional(), application_id: z.string().optional(), cross_device_url: z.string().optional() }));
    if ("fields" in body) return fail(reply, 422, body.fields);
    if (store.applicant(accountOf(request), body.value.applicant_id) === undefined) return fail(reply, 422, { applicant_id: ["invalid"] });
    return { token: `sandbox-sdk-${linkSecret()}` };
  });
}

const reportNames = [
  "document", "document_video", "document_with_address_information", "document_with_driver_verification", "facial_similarity_photo", "facial_similarity_photo_fully_auto", "facial_similarity_video",
  "facial_similarity_motion", "known_faces", "identity_enhanced", "watchlist_aml", "watchlist_enhanced", "watchlist_standard", "watchlist_peps_only", "watchlist_sanctions_only", "proof_of_address",
] as const;

const newCheck = z.looseObject({
  applicant_id: z.string().min(1),
  report_names: z.array(z.enum(reportNames)).min(1),
  document_ids: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  applicant_provides_data: z.boolean().default(false),
  suppress_form_emails: z.boolean().optional(),
});

/** https://documentation.onfido.com/api/latest#checks and #reports */
export function checkRoutes(app: FastifyInstance, { store, person, prefix }: AttemptRoutes): void {
  app.post("/checks", async (request, reply) => {
    const body = readBody(request, newCheck);
    if ("fields" in body) return fail(reply, 422, body.fields);
    const { applicant_id: applicantId, report_names: names, document_ids: documentIds, suppress_form_emails: _suppressed, ...rest } = body.value;
    const applicant = store.applicant(accountOf(request), applicantId);
    if (applicant === undefined) return fail(reply, 422, { applicant_id: ["invalid"] });
    const byForm = rest.applicant_provides_data;
    const problem = byForm ? undefined : missingFor(names, documentIds, { documents: store.files("documents", applicant.id), photos: store.files("live_photos", applicant.id).length });
    if (problem !== undefined) return fail(reply, 422, problem);

    const formUri = byForm ? `${originOf(request)}${prefix}/form/${linkSecret()}` : null;
    const check = newAttempt("check", accountOf(request), applicant.id, {
      ...rest, result: null, form_uri: formUri, results_uri: "https://dashboard.onfido.com/checks", redirect_uri: null, paused: false, version: "3.6",
    });
    Object.assign(check, { href: `/v3.6/checks/${check.id}`, report_ids: makeReports(store, check, names) });
    if (byForm) person.invited(check);
    else person.handedIn(check);
    return reply.code(201).send(visible(check));
  });

  app.get<{ Querystring: { applicant_id?: string } }>("/checks", async (request, reply) => {
    const { applicant_id: id } = request.query;
    if (!id) return fail(reply, 422, { applicant_id: ["can't be blank"] });
    const applicant = store.applicant(accountOf(request), id);
    return { checks: applicant === undefined ? [] : store.attempts("check", applicant.id).map(visible) };
  });

  app.get<{ Querystring: { check_id?: string } }>("/reports", async (request, reply) => {
    const check = store.attempt("check", String(request.query.check_id));
    return check?.sandbox.account === accountOf(request) ? { reports: store.reports(check.id) } : fail(reply, 404);
  });
}

/** What a report needs and was not handed in. */
function missingFor(names: readonly string[], documentIds: string[] | undefined, has: { documents: Record<string, unknown>[]; photos: number }): Record<string, string[]> | undefined {
  const known = new Set(has.documents.map((document) => String(document["id"])));
  if (documentIds?.some((id) => !known.has(id))) return { document_ids: ["invalid"] };
  if (names.some((name) => name.startsWith("document")) && known.size === 0) return { document: ["Need to upload a document before creating a document report"] };
  if (names.includes("facial_similarity_photo") && has.photos === 0) return { live_photo: ["Need to upload a live photo before creating a facial similarity report"] };
  return undefined;
}

function originOf(request: FastifyRequest): string {
  return `http://${request.host}`;
}
