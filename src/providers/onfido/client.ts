import { z } from "zod";
import type { HttpRequest } from "../../lib/http.ts";
import type { ProviderContext } from "../contract.ts";
import { type FormFile, multipart } from "../multipart.ts";
import { callProvider, type ProviderCall } from "../provider-http.ts";
import * as answers from "./answers.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";

export interface NewOnfidoApplicant {
  first_name: string;
  last_name: string;
  email: string;
  phone_number?: string | undefined;
  dob?: string | undefined;
  location?: { country_of_residence: string } | undefined;
  id_numbers: { type: "other"; value: string }[];
}

export interface NewOnfidoRun {
  applicant_id: string;
  workflow_id: string;
  tags?: string[];
  customer_user_id?: string;
  link?: { expires_at: string };
  custom_data?: Record<string, unknown>;
}

export interface NewOnfidoCheck {
  applicant_id: string;
  report_names: string[];
  document_ids?: string[];
  tags?: string[];
  applicant_provides_data?: boolean;
  suppress_form_emails?: boolean;
}

export interface OnfidoWebhookInput {
  name: string;
  url: string;
  enabled: boolean;
  events: string[];
  environments: string[];
  payload_version: number;
}

export type OnfidoClient = ReturnType<typeof createOnfidoClient>;

const VERSION = "/v3.6";

/** Onfido's API as far as it is used here. https://documentation.onfido.com/api/latest @throws ProviderError */
export function createOnfidoClient(context: ProviderContext<OnfidoSettings, OnfidoCredentials>) {
  function call<T>(what: string, request: Omit<HttpRequest, "url"> & { path: string }, schema: z.ZodType<T>): Promise<T> {
    const { path, headers, ...rest } = request;
    const prepared: ProviderCall<T> = {
      provider: { slug: "onfido", name: "Onfido" },
      call: what,
      http: context.http,
      request: { ...rest, url: context.baseUrl + VERSION + path, headers: { accept: "application/json", authorization: `Token token=${context.credentials.apiToken}`, ...headers } },
      schema,
      refusalCode: (body) => errorSchema.safeParse(body).data?.error.type,
    };
    return callProvider(prepared);
  }

  const get = <T>(what: string, path: string, schema: z.ZodType<T>): Promise<T> => call(what, { method: "GET", path }, schema);
  const send = <T>(what: string, method: "POST" | "PUT", path: string, value: unknown, schema: z.ZodType<T>): Promise<T> =>
    call(what, { method, path, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(value), "utf8") }, schema);
  const upload = <T>(what: string, path: string, parts: Record<string, string | FormFile>, schema: z.ZodType<T>): Promise<T> => {
    const { body, contentType } = multipart(parts);
    return call(what, { method: "POST", path, headers: { "content-type": contentType }, body, timeoutMs: 60_000 }, schema);
  };

  return {
    /** Newest first. https://documentation.onfido.com/api/latest#list-applicants */
    async listApplicants(page: { page: number; perPage: number }): Promise<answers.OnfidoApplicant[]> {
      return (await get("finding the applicant by our id", `/applicants?page=${page.page}&per_page=${page.perPage}`, answers.applicantList)).applicants;
    },

    /** https://documentation.onfido.com/api/latest#create-applicant */
    createApplicant(applicant: NewOnfidoApplicant): Promise<answers.OnfidoApplicant> {
      return send("creating the applicant", "POST", "/applicants", applicant, answers.applicant);
    },

    /** https://documentation.onfido.com/api/latest#retrieve-applicant */
    getApplicant(id: string): Promise<answers.OnfidoApplicant> {
      return get("reading the applicant", `/applicants/${encodeURIComponent(id)}`, answers.applicant);
    },

    /** https://documentation.onfido.com/api/latest#list-documents */
    async listDocuments(applicantId: string): Promise<answers.OnfidoFile[]> {
      return (await get("listing the documents", `/documents?applicant_id=${encodeURIComponent(applicantId)}`, answers.documentList)).documents;
    },

    /** https://documentation.onfido.com/api/latest#upload-document */
    uploadDocument(fields: { applicant_id: string; type: string; issuing_country: string; side?: string }, file: FormFile): Promise<answers.OnfidoFile> {
      return upload("handing over a document", "/documents", { ...fields, file }, answers.file);
    },

    /** https://documentation.onfido.com/api/latest#list-live-photos */
    async listLivePhotos(applicantId: string): Promise<answers.OnfidoFile[]> {
      return (await get("listing the live photos", `/live_photos?applicant_id=${encodeURIComponent(applicantId)}`, answers.livePhotoList)).live_photos;
    },

    /** https://documentation.onfido.com/api/latest#upload-live-photo */
    uploadLivePhoto(fields: { applicant_id: string }, file: FormFile): Promise<answers.OnfidoFile> {
      return upload("handing over a live photo", "/live_photos", { ...fields, file }, answers.file);
    },

    /** Its newest 20 are enough: one person seldom goes through it more than twice. https://documentation.onfido.com/api/latest#list-workflow-runs */
    listRuns(applicantId: string): Promise<answers.OnfidoRun[]> {
      return get("reading the workflow runs", `/workflow_runs?applicant_id=${encodeURIComponent(applicantId)}&sort=desc`, answers.runList);
    },

    /** https://documentation.onfido.com/api/latest#create-workflow-run */
    createRun(run: NewOnfidoRun): Promise<answers.OnfidoRun> {
      return send("starting the workflow run", "POST", "/workflow_runs", run, answers.run);
    },

    /** https://documentation.onfido.com/api/latest#list-checks */
    async listChecks(applicantId: string): Promise<answers.OnfidoCheck[]> {
      return (await get("reading the checks", `/checks?applicant_id=${encodeURIComponent(applicantId)}`, answers.checkList)).checks;
    },

    /** https://documentation.onfido.com/api/latest#create-check */
    createCheck(check: NewOnfidoCheck): Promise<answers.OnfidoCheck> {
      return send("asking for the check", "POST", "/checks", check, answers.check);
    },

    /** https://documentation.onfido.com/api/latest#list-reports */
    async listReports(checkId: string): Promise<answers.OnfidoReport[]> {
      return (await get("reading the reports", `/reports?check_id=${encodeURIComponent(checkId)}`, answers.reportList)).reports;
    },

    /** Valid for 90 minutes. https://documentation.onfido.com/api/latest#generate-sdk-token */
    createSdkToken(request: { applicant_id: string; referrer?: string }): Promise<{ token: string }> {
      return send("making the SDK token", "POST", "/sdk_token", request, answers.sdkToken);
    },

    /** https://documentation.onfido.com/api/latest#list-webhooks, for all three */
    async listWebhooks(): Promise<answers.OnfidoWebhook[]> {
      return (await get("listing the webhooks", "/webhooks", answers.webhookList)).webhooks;
    },

    createWebhook(webhook: OnfidoWebhookInput): Promise<answers.OnfidoWebhook> {
      return send("making the webhook", "POST", "/webhooks", webhook, answers.webhook);
    },

    updateWebhook(id: string, change: Partial<OnfidoWebhookInput>): Promise<answers.OnfidoWebhook> {
      return send("changing the webhook", "PUT", `/webhooks/${encodeURIComponent(id)}`, change, answers.webhook);
    },
  };
}

/** For instance "validation_error". https://documentation.onfido.com/api/latest#error-object */
const errorSchema = z.object({ error: z.object({ type: z.string() }) });
