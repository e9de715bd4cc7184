import type { AttemptError } from "../../domain/attempt-errors.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { guardedPost, type GuardedAnswer } from "../../security/guarded-post.ts";
import { parseRetryAfter } from "./schedule.ts";

export interface AttemptOutcome {
  ok: boolean;
  statusCode: number | null;
  latencyMs: number;
  /** The first 8 KiB of the answer, as text. */
  responseBody: string | null;
  /** Null as well where the status alone says it. */
  error: Exclude<AttemptError, "status"> | null;
  retryAfterMs?: number;
}

const keptBytes = 8 * 1024;
const readBytes = 128 * 1024;

/**
 * Posts one webhook and never throws: whatever happens is an outcome. A webhook is taken when the receiver answered 2xx
 * and its answer ended within the time limit: one that breaks off, goes on for ever or is larger than 128 KiB may be of a
 * receiver that was not done. Of an answer that is not 2xx the status says enough, however its body ends; redirects are
 * not followed. No more is read than that, and no more kept than 8 KiB.
 */
export async function sendWebhook(input: {
  dispatcher: GuardedDispatcher;
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}): Promise<AttemptOutcome> {
  const started = performance.now();
  const { dispatcher, url, ...request } = input;
  try {
    return outcomeOf(await guardedPost(dispatcher, url, { ...request, keepBytes: keptBytes, readBytes }), started);
  } catch (error) {
    return { ok: false, statusCode: null, latencyMs: msSince(started), responseBody: null, error: isHttpUrl(url) ? errorWord(error) : "blocked" };
  }
}

/** What got past the check of new URLs (an import, say) and is none that a webhook can go to: no use in trying it again. */
function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}

function msSince(started: number): number {
  return Math.round(performance.now() - started);
}

function outcomeOf({ statusCode, headers, body, ended }: GuardedAnswer, started: number): AttemptOutcome {
  const success = statusCode >= 200 && statusCode < 300;
  const fault = ended === "whole" ? null : ended === "too_large" ? "answer_too_large" : errorWord(ended);
  const outcome: AttemptOutcome = {
    ok: success && fault === null,
    statusCode,
    latencyMs: msSince(started),
    responseBody: keptText(body),
    error: success ? fault : statusCode >= 300 && statusCode < 400 ? "redirect" : null,
  };
  const retryAfterMs = statusCode === 429 || statusCode === 503 ? parseRetryAfter([headers["retry-after"]].flat()[0], new Date()) : undefined;
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

function errorWord(error: unknown): NonNullable<AttemptOutcome["error"]> {
  const code = (error as { code?: string }).code ?? "";
  if (code === "EGRESS_BLOCKED") return "blocked";
  if (/TIMEOUT|TIMEDOUT/.test(code)) return "timeout";
  if (/HTTPParserError|HPE_|UND_ERR_HEADERS_OVERFLOW|BAD_ANSWER/.test(`${(error as Error).name} ${code}`)) return "bad_answer";
  return "connection_failed";
}

/** At most 8 KiB as UTF-8: a byte that is no text becomes three. Postgres keeps no NUL in text. */
function keptText(bytes: Buffer): string {
  if (bytes.length === 0) return "";
  const text = bytes.toString("utf8").replaceAll("\u0000", "\ufffd");
  // As a stream, the decoder leaves out the character that the cut falls into.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, keptBytes), { stream: true });
}
