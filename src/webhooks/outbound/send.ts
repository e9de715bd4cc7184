import { guardedPost, type GuardedDispatcher } from "../../security/egress-guard.ts";
import { parseRetryAfter } from "./schedule.ts";

export interface AttemptOutcome {
  ok: boolean;
  statusCode: number | null;
  latencyMs: number;
  /** The first 8 KiB of the answer, as text. */
  responseBody: string | null;
  /** A fixed word, so that a tenant learns nothing about what lies behind a refused address. */
  error: "timeout" | "connection_failed" | "blocked" | "redirect" | "bad_answer" | null;
  retryAfterMs?: number;
}

const keptBytes = 8 * 1024;
const readBytes = 128 * 1024;

/**
 * Posts one webhook and never throws: whatever happens is an outcome. Redirects are failures. The status line decides: a
 * receiver that said 2xx has taken the webhook, even if the body after it is endless or slow. Of that body at most 128 KiB
 * are read, within the same time limit. A connection that breaks off inside the body is a failure all the same: the
 * receiver may have died before it was done.
 */
export async function sendWebhook(input: {
  dispatcher: GuardedDispatcher;
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}): Promise<AttemptOutcome> {
  const started = performance.now();
  const latency = (): number => Math.round(performance.now() - started);
  const signal = AbortSignal.timeout(input.timeoutMs);
  try {
    const { statusCode, headers, body } = await guardedPost(input.dispatcher, input.url, { headers: input.headers, body: input.body, timeoutMs: input.timeoutMs, signal });
    const { text, broken } = await readStart(body, signal);
    const retryAfterMs = statusCode === 429 || statusCode === 503 ? parseRetryAfter([headers["retry-after"]].flat()[0], new Date()) : undefined;
    return {
      ok: statusCode >= 200 && statusCode < 300 && !broken,
      statusCode,
      latencyMs: latency(),
      responseBody: text,
      error: statusCode >= 300 && statusCode < 400 ? "redirect" : broken ? "connection_failed" : null,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    return { ok: false, statusCode: null, latencyMs: latency(), responseBody: null, error: signal.aborted ? "timeout" : errorWord(error) };
  }
}

function errorWord(error: unknown): AttemptOutcome["error"] {
  const code = (error as { code?: string }).code ?? "";
  if (code === "EGRESS_BLOCKED") return "blocked";
  if (/TIMEOUT|TIMEDOUT/.test(code)) return "timeout";
  if (/HTTPParserError|HPE_|UND_ERR_HEADERS_OVERFLOW|BAD_ANSWER/.test(`${(error as Error).name} ${code}`)) return "bad_answer";
  return "connection_failed";
}

async function readStart(body: AsyncIterable<Buffer>, signal: AbortSignal): Promise<{ text: string; broken: boolean }> {
  const kept: Buffer[] = [];
  let total = 0;
  let broken = false;
  try {
    for await (const chunk of body) {
      if (total < keptBytes) kept.push(chunk.subarray(0, keptBytes - total));
      total += chunk.length;
      // Leaving the loop destroys the connection.
      if (total > readBytes) break;
    }
  } catch {
    broken = !signal.aborted;
  }
  return { text: keptText(Buffer.concat(kept)), broken };
}

/** At most 8 KiB as UTF-8: a byte that is no text becomes three. Postgres keeps no NUL in text. */
function keptText(bytes: Buffer): string {
  const text = bytes.toString("utf8").replaceAll("\u0000", "\ufffd");
  // As a stream, the decoder leaves out the character that the cut falls into.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, keptBytes), { stream: true });
}
