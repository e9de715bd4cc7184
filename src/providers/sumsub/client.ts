import { z } from "zod";
import type { HttpRequest } from "../../lib/http.ts";
import type { ProviderContext } from "../contract.ts";
import { multipart } from "../multipart.ts";
import { callProvider, callProviderForHeaders, type ProviderCall } from "../provider-http.ts";
import type { DigestAlgorithm, SumsubCredentials, SumsubSettings } from "./manifest.ts";
import { signatureHeaders } from "./signing.ts";

/** Ids become path segments, so they may hold nothing that means something there. */
const objectId = z.string().regex(/^[\w-]{1,200}$/);

const applicantSchema = z.object({ id: objectId });
export type SumsubApplicant = z.output<typeof applicantSchema>;

const reviewSchema = z.object({
  reviewStatus: z.string().max(100),
  reviewResult: z
    .object({
      reviewAnswer: z.string().max(100).nullish(),
      reviewRejectType: z.string().max(100).nullish(),
      rejectLabels: z.array(z.string()).nullish(),
    })
    .nullish(),
});
const levelListSchema = z.object({ list: z.object({ items: z.array(z.object({ name: z.string().nullish() })) }) });
const tokenSchema = z.object({ token: z.string().min(1).max(10_000) });

/** By step ("IDENTITY", "SELFIE"); null while nothing was handed in for it. */
const stepsSchema = z.record(z.string(), z.object({ reviewResult: z.object({ rejectLabels: z.array(z.string()).nullish() }).nullish() }).nullable());
export type SumsubReview = z.output<typeof reviewSchema>;

const webhookSchema = z.object({
  id: objectId,
  name: z.string().nullish(),
  target: z.string().nullish(),
  types: z.array(z.string()).nullish(),
  secretKey: z.string().nullish(),
  signatureAlgorithm: z.string().nullish(),
});
export type SumsubWebhook = z.output<typeof webhookSchema>;
const webhookListSchema = z.object({ list: z.object({ items: z.array(webhookSchema) }) });

const linkSchema = z.object({ url: z.url({ protocol: /^https?$/ }) });
const anyObject = z.looseObject({});

export interface NewSumsubApplicant {
  externalUserId: string;
  email?: string;
  phone?: string;
  fixedInfo: { firstName: string; lastName: string; dob?: string; country?: string };
}

export interface SumsubIdDoc {
  metadata: { idDocType: string; country: string; idDocSubType?: string };
  fileName: string;
  contentType: string;
  content: Buffer;
}

export interface SumsubWebhookInput {
  name: string;
  target: string;
  targetType: "http";
  types: string[];
  secretKey: string;
  signatureAlgorithm: DigestAlgorithm;
}

export type SumsubClient = ReturnType<typeof createSumsubClient>;

/** Sumsub's API as far as it is used here. Every call is signed. @throws ProviderError */
export function createSumsubClient(context: ProviderContext<SumsubSettings, SumsubCredentials>) {
  const { credentials } = context;

  /** Signs what is sent: the path as written here, and the body's bytes. */
  function signed(method: HttpRequest["method"], pathWithQuery: string, body?: Buffer, contentType = "application/json"): HttpRequest {
    const signature = signatureHeaders({ secretKey: credentials.secretKey, at: context.clock.now(), method, pathWithQuery, body });
    return {
      method,
      url: context.baseUrl + pathWithQuery,
      headers: {
        accept: "application/json",
        "x-app-token": credentials.appToken,
        ...signature,
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
      body,
    };
  }

  function prepare<T>(call: string, request: HttpRequest, schema: z.ZodType<T>): ProviderCall<T> {
    return { provider: { slug: "sumsub", name: "Sumsub" }, call, http: context.http, request, schema, refusalCode };
  }

  return {
    /** https://docs.sumsub.com/reference/create-applicant */
    createApplicant(applicant: NewSumsubApplicant, levelName: string): Promise<SumsubApplicant> {
      const path = `/resources/applicants?levelName=${encodeURIComponent(levelName)}`;
      return callProvider(prepare("creating the applicant", signed("POST", path, json(applicant)), applicantSchema));
    },

    /** https://docs.sumsub.com/reference/get-applicant-data-via-externaluserid */
    getByExternalId(externalUserId: string): Promise<SumsubApplicant> {
      const path = `/resources/applicants/-;externalUserId=${encodeURIComponent(externalUserId)}/one`;
      return callProvider(prepare("finding the applicant by our id", signed("GET", path), applicantSchema));
    },

    /** Tells where the review stands and nothing of the person. https://docs.sumsub.com/reference/get-applicant-review-status */
    getReview(id: string): Promise<SumsubReview> {
      const path = `/resources/applicants/${encodeURIComponent(id)}/status`;
      return callProvider(prepare("reading the review", signed("GET", path), reviewSchema));
    },

    /**
     * The id of the kept image is in a header; null when Sumsub names none, as for an image that it has already.
     * https://docs.sumsub.com/reference/add-id-documents
     */
    async addIdDoc(applicantId: string, document: SumsubIdDoc): Promise<{ imageId: string | null }> {
      const { metadata, ...file } = document;
      const { body, contentType } = multipart({ metadata: { text: JSON.stringify(metadata), contentType: "application/json" }, content: file });
      const path = `/resources/applicants/${encodeURIComponent(applicantId)}/info/idDoc`;
      const request = { ...signed("POST", path, body, contentType), timeoutMs: 60_000 };
      const call = prepare("handing over a document", request, anyObject);
      const { headers } = await callProviderForHeaders({
        ...call,
        whenRefused: ({ status, code }) => (status === 409 && code === DUPLICATE_DOCUMENT ? {} : undefined),
      });
      return { imageId: headers["x-image-id"]?.slice(0, 200) || null };
    },

    /** For documents that came through the API; a candidate's own session ends with it. https://docs.sumsub.com/reference/request-applicant-check */
    async requestCheck(id: string): Promise<void> {
      const path = `/resources/applicants/${encodeURIComponent(id)}/status/pending`;
      await callProvider(prepare("asking for the check", signed("POST", path, Buffer.alloc(0)), z.unknown()));
    },

    /** https://docs.sumsub.com/reference/generate-websdk-external-link */
    createWebSdkLink(input: { levelName: string; userId: string; ttlInSecs: number }): Promise<{ url: string }> {
      const request = signed("POST", "/resources/sdkIntegrations/levels/-/websdkLink", json(input));
      return callProvider(prepare("making the candidate's link", request, linkSchema));
    },

    /** For a host product that embeds the WebSDK. https://docs.sumsub.com/reference/generate-access-token */
    createAccessToken(input: { levelName: string; userId: string; ttlInSecs: number }): Promise<{ token: string }> {
      return callProvider(prepare("making the SDK token", signed("POST", "/resources/accessTokens/sdk", json(input)), tokenSchema));
    },

    /** What was wrong with each step's papers: more than the review as a whole says. https://docs.sumsub.com/reference/get-applicant-verification-steps-status */
    async listRejectedLabels(id: string): Promise<string[]> {
      const request = signed("GET", `/resources/applicants/${encodeURIComponent(id)}/requiredIdDocsStatus`);
      const steps = await callProvider(prepare("reading the steps", request, stepsSchema));
      return Object.values(steps).flatMap((step) => step?.reviewResult?.rejectLabels ?? []);
    },

    /** https://github.com/SUMSUB/agent-skills (sumsub-create-level) */
    async listLevelNames(): Promise<string[]> {
      const { list } = await callProvider(prepare("listing the levels", signed("GET", "/resources/applicants/-/levels"), levelListSchema));
      return list.items.flatMap(({ name }) => name ?? []);
    },

    /** At most the 50 oldest ones: Sumsub gives no more. https://github.com/SUMSUB/agent-skills (webhook-schema.md), for all three */
    async listWebhooks(): Promise<SumsubWebhook[]> {
      const request = signed("GET", "/resources/api/clientWebhooks");
      return (await callProvider(prepare("listing the webhooks", request, webhookListSchema))).list.items;
    },

    async createWebhook(webhook: SumsubWebhookInput): Promise<void> {
      const request = signed("POST", "/resources/api/agent/clientWebhooks", json(webhook));
      await callProvider(prepare("making the webhook", request, anyObject));
    },

    async updateWebhook(webhook: SumsubWebhookInput & { id: string }): Promise<void> {
      const request = signed("PATCH", "/resources/api/agent/clientWebhooks", json(webhook));
      await callProvider(prepare("changing the webhook", request, anyObject));
    },
  };
}

/** errorName, for instance "duplicate-document". https://docs.sumsub.com/reference/error-codes-description */
const errorSchema = z.object({ errorName: z.string() });
const DUPLICATE_DOCUMENT = "duplicate-document";

function refusalCode(body: unknown): string | undefined {
  return errorSchema.safeParse(body).data?.errorName;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}
