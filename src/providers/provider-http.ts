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
  if (response.status < 200 || response.status > 299) throw statusError(input, response);
  return { answer: readAnswer(input, response), headers: response.headers };
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

function statusError<T>(input: ProviderCall<T>, response: HttpResponse): ProviderError {
  const { status } = response;
  const kind = kindOf(status);
  const retryAfterMs = kind === "rate_limited" || kind === "unavailable" ? readRetryAfter(response.headers["retry-after"]) : undefined;
  return providerError(input, kind, `answered ${status} to ${input.call}`, { status, retryAfterMs });
}

function kindOf(status: number): ProviderErrorKind {
  switch (status) {
    case 401:
    case 403:
      return "auth";
    case 404:
      return "not_found";
    case 400:
    case 409:
    case 422:
      return "invalid";
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
