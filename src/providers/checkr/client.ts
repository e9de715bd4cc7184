import { z } from "zod";
import type { HttpRequest } from "../../lib/http.ts";
import type { ProviderContext } from "../contract.ts";
import { callProvider } from "../provider-http.ts";
import { withRetryAfter } from "./http.ts";
import type { CheckrCredentials, CheckrSettings } from "./manifest.ts";
import {
  accountSchema, adverseActionSchema, adverseItemSchema, candidateSchema, type CheckrReport, invitationSchema, listOf, packageSchema, reportSchema,
  webhookSchema,
} from "./schemas.ts";
import { screeningIncludes } from "./screenings.ts";

const PER_PAGE = 100;
/** No account has more; a list that never ends must not hold a worker for ever. */
const MAX_PAGES = 20;

export type CheckrClient = ReturnType<typeof createCheckrClient>;
type Query = Record<string, string>;

interface Call<T> {
  /** What was asked, in words that fit behind "answered 503 to". */
  call: string;
  method: HttpRequest["method"];
  path: string;
  schema: z.ZodType<T>;
  body?: object;
  /** Checkr gives the first answer again for 24 hours. https://docs.checkr.com/#section/Getting-Started/Idempotency */
  idempotencyKey?: string;
}

/** Checkr's API as far as it is used here. Both ways of authentication put a key where Basic has the user. @throws ProviderError */
export function createCheckrClient(context: ProviderContext<CheckrSettings, CheckrCredentials>) {
  const http = withRetryAfter(context.http, context.clock);
  const authorization = `Basic ${Buffer.from(`${context.credentials.apiKey}:`, "utf8").toString("base64")}`;

  function send<T>({ call, method, path, schema, body, idempotencyKey }: Call<T>): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json", authorization };
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    if (body !== undefined) headers["content-type"] = "application/json";
    const request: HttpRequest = { method, url: context.baseUrl + path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return callProvider({ provider: { slug: "checkr", name: "Checkr" }, call, http, request, schema });
  }

  /** All pages of a list. https://docs.checkr.com/#section/Getting-Started/Pagination */
  async function list<T>(call: string, path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const search = new URLSearchParams({ ...query, page: String(page), per_page: String(PER_PAGE) });
      const { data, next_href } = await send({ call, method: "GET", path: `${path}?${search.toString()}`, schema: listOf(schema) });
      found.push(...data);
      if (!next_href || data.length === 0) break;
    }
    return found;
  }

  const at = (path: string, id: string, rest = "") => `${path}/${encodeURIComponent(id)}${rest}`;

  return {
    /** https://docs.checkr.com/#operation/getAccount */
    getAccount: () => send({ call: "reading the account", method: "GET", path: "/account", schema: accountSchema }),

    /** https://docs.checkr.com/#operation/listPackages */
    listPackages: () => list("listing the packages", "/packages", packageSchema),

    /** https://docs.checkr.com/#operation/listCandidates: it leaves out candidates with work locations outside the US. */
    findCandidates: (customId: string) => list("finding the candidate by our id", "/candidates", candidateSchema, { custom_id: customId }),

    /** https://docs.checkr.com/#operation/createCandidate */
    createCandidate: (body: object, idempotencyKey: string) =>
      send({ call: "creating the candidate", method: "POST", path: "/candidates", schema: candidateSchema, body, idempotencyKey }),

    /** https://docs.checkr.com/#operation/getCandidate */
    getCandidate: (id: string) => send({ call: "reading the candidate", method: "GET", path: at("/candidates", id), schema: candidateSchema }),

    /** https://docs.checkr.com/#operation/listInvitations */
    listInvitations: (candidateId: string) => list("listing the invitations", "/invitations", invitationSchema, { candidate_id: candidateId }),

    /** https://docs.checkr.com/#operation/createInvitation */
    createInvitation: (body: object, idempotencyKey: string) =>
      send({ call: "inviting the candidate", method: "POST", path: "/invitations", schema: invitationSchema, body, idempotencyKey }),

    /** https://docs.checkr.com/#operation/getInvitation */
    getInvitation: (id: string) => send({ call: "reading the invitation", method: "GET", path: at("/invitations", id), schema: invitationSchema }),

    /** https://docs.checkr.com/#operation/cancelInvitation */
    deleteInvitation: (id: string) => send({ call: "cancelling the invitation", method: "DELETE", path: at("/invitations", id), schema: invitationSchema }),

    /** https://docs.checkr.com/#operation/createReport */
    createReport: (body: object, idempotencyKey: string): Promise<CheckrReport> =>
      send({ call: "ordering the report", method: "POST", path: "/reports", schema: reportSchema, body, idempotencyKey }),

    /** With its screenings and without the person. https://docs.checkr.com/#operation/getReport */
    getReport: (id: string): Promise<CheckrReport> =>
      send({ call: "reading the report", method: "GET", path: at("/reports", id, `?include=${screeningIncludes}`), schema: reportSchema }),

    /** https://docs.checkr.com/#operation/updateReport */
    engage: (id: string): Promise<CheckrReport> =>
      send({ call: "engaging the candidate", method: "POST", path: at("/reports", id), schema: reportSchema, body: { adjudication: "engaged" } }),

    /** Cancels the screenings that are not done. https://docs.checkr.com/#operation/completeReport */
    completeReport: (id: string): Promise<CheckrReport> =>
      send({ call: "stopping the report", method: "POST", path: at("/reports", id, "/complete"), schema: reportSchema }),

    /** https://docs.checkr.com/#operation/listAdverseItems */
    async listAdverseItems(reportId: string) {
      const path = at("/reports", reportId, "/adverse_items");
      return (await send({ call: "listing the adverse items", method: "GET", path, schema: listOf(adverseItemSchema) })).data;
    },

    /** https://docs.checkr.com/#operation/createAdverseAction */
    createAdverseAction: (reportId: string, body: object, idempotencyKey: string) =>
      send({ call: "starting the adverse action", method: "POST", path: at("/reports", reportId, "/adverse_actions"), schema: adverseActionSchema, body, idempotencyKey }),

    /** https://docs.checkr.com/#operation/getAdverseAction */
    getAdverseAction: (id: string) => send({ call: "reading the adverse action", method: "GET", path: at("/adverse_actions", id), schema: adverseActionSchema }),

    /** https://docs.checkr.com/#operation/cancelAdverseAction */
    cancelAdverseAction: (id: string) => send({ call: "cancelling the adverse action", method: "DELETE", path: at("/adverse_actions", id), schema: adverseActionSchema }),

    /** https://docs.checkr.com/#operation/listWebhooks, https://docs.checkr.com/#operation/createWebhook */
    async listWebhooks() {
      return (await send({ call: "listing the webhooks", method: "GET", path: "/webhooks", schema: listOf(webhookSchema) })).data;
    },
    createWebhook: (body: object) => send({ call: "making the webhook", method: "POST", path: "/webhooks", schema: webhookSchema, body }),
  };
}
