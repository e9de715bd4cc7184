import type { z } from "zod";
import { type HttpRequest, type HttpResponse, type HttpTransport, HttpTransportError } from "../lib/http.ts";
import { ProviderError, type ProviderErrorKind } from "./provider-error.ts";

/** The longest wait that a vendor's Retry-After is believed. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

export interface ProviderCall<T> {
  /** The vendor's name and, in words that fit behind "answered 503 to", what was asked of it: "creating the applicant". */
  provider: { slug: string; name: string };
  call: string;
  http: HttpTransport;
  request: HttpRequest;
  /** What is read of the answer; fields that it does not name are dropped. */
  schema: z.ZodType<T>;
  /** The vendor's own code for a refusal, from its JSON body. Only codes: free text may hold a person's details. */
  refusalCode?(body: unknown): string | undefined;
  /** Answers a refusal that is no failure, such as "known already"; undefined leaves it one. */
  whenRefused?(refusal: { status: number; code: string | undefined }): T | undefined;
}

/**
 * Sends one request and reads its JSON answer.
 * @throws ProviderError; its message never holds a body, a header or a query.
 */
export async function callProvider<T>(input: ProviderCall<T>): Promise<T> {
  return (await callProviderForHeaders(input)).answer;
}

/** As callProvider, for the few calls whose answer is partly in its headers. */
export async function callProviderForHeaders<T>(input: ProviderCall<T>): Promise<{ answer: T; headers: Record<string, string> }> {
  const response = await exchange(input);
  if (response.status >= 200 && response.status <= 299) return { answer: readAnswer(input, response), headers: response.headers };
  const code = refusalCodeOf(input, response);
  const answer = input.whenRefused?.({ status: response.status, code });
  if (answer === undefined) throw statusError(input, response, code);
  return { answer, headers: response.headers };
}

async function exchange<T>(input: ProviderCall<T>): Promise<HttpResponse> {
  try {
    return await input.http.request(input.request);
  } catch (error) {
    if (!(error instanceof HttpTransportError)) throw error;
    throw providerError(input, "unavailable", `did not answer ${input.call}: ${error.message}`, { cause: error });
  }
}

function readAnswer<T>(input: ProviderCall<T>, response: HttpResponse): T {
  const { status } = response;
  const json = parseJson(response.body);
  if (json === undefined) throw providerError(input, "unexpected", `answered ${input.call} with something other than JSON`, { status });
  const parsed = input.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  // Paths only: a zod message may quote the value.
  const paths = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the whole answer"))].slice(0, 5);
  throw providerError(input, "unexpected", `answered ${input.call} in an unknown form (${paths.join(", ")})`, { status });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function refusalCodeOf<T>(input: ProviderCall<T>, response: HttpResponse): string | undefined {
  const code = input.refusalCode?.(parseJson(response.body));
  // Shaped like a code, so that no sentence and no address gets into a message by accident.
  return code !== undefined && /^[\w.:-]{1,200}$/.test(code) ? code : undefined;
}

function statusError<T>(input: ProviderCall<T>, response: HttpResponse, code: string | undefined): ProviderError {
  const { status } = response;
  const wait = readRetryAfter(response.headers["retry-after"]);
  // A conflict that names a time is one that passes.
  const kind = status === 409 && wait !== undefined ? "unavailable" : kindOf(status);
  const retryAfterMs = kind === "rate_limited" || kind === "unavailable" ? wait : undefined;
  return providerError(input, kind, `answered ${status} to ${input.call}${code === undefined ? "" : ` (${code})`}`, { status, retryAfterMs });
}

function kindOf(status: number): ProviderErrorKind {
  switch (status) {
    case 401:
    case 403:
      return "auth";
    case 404:
    case 410:
      return "not_found";
    case 400:
    case 409:
    case 413:
    case 415:
    case 422:
      return "invalid";
    case 408:
      return "unavailable";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "unavailable" : "unexpected";
  }
}

/** Retry-After is a number of seconds or an HTTP date. Nonsense counts as absent. */
export function readRetryAfter(header: string | undefined, now: Date = new Date()): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  const ms = seconds === undefined ? readHttpDate(value) - now.getTime() : seconds * 1000;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : undefined;
}

function readHttpDate(value: string): number {
  // Date.parse takes nearly any number for a date.
  return /^[A-Z][a-z]{2,8}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
}

function providerError<T>(
  input: ProviderCall<T>,
  kind: ProviderErrorKind,
  what: string,
  options: { status?: number; retryAfterMs?: number; cause?: unknown },
): ProviderError {
  return new ProviderError(input.provider.slug, kind, `${input.provider.name} ${what}`, options);
}
