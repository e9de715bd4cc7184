import type { Readable } from "node:stream";
import type { AttemptError } from "../../domain/attempt-errors.ts";
import { guardedPost, type GuardedDispatcher } from "../../security/egress-guard.ts";
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
  const latency = (): number => Math.round(performance.now() - started);
  const signal = AbortSignal.timeout(input.timeoutMs);
  try {
    const { statusCode, headers, body } = await guardedPost(input.dispatcher, input.url, { headers: input.headers, body: input.body, timeoutMs: input.timeoutMs, signal });
    const { text, fault } = await readAnswer(body, { declaredBytes: Number([headers["content-length"]].flat()[0] ?? 0), signal });
    const retryAfterMs = statusCode === 429 || statusCode === 503 ? parseRetryAfter([headers["retry-after"]].flat()[0], new Date()) : undefined;
    const success = statusCode >= 200 && statusCode < 300;
    return {
      ok: success && fault === null,
      statusCode,
      latencyMs: latency(),
      responseBody: text,
      error: success ? fault : statusCode >= 300 && statusCode < 400 ? "redirect" : null,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    return { ok: false, statusCode: null, latencyMs: latency(), responseBody: null, error: isHttpUrl(input.url) ? errorWord(error, signal) : "blocked" };
  }
}

/** What got past the check of new URLs (an import, say) and is none that a webhook can go to: no use in trying it again. */
function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}

type Fault = AttemptOutcome["error"];

function errorWord(error: unknown, signal: AbortSignal): Fault {
  const code = (error as { code?: string }).code ?? "";
  if (code === "EGRESS_BLOCKED") return "blocked";
  if (signal.aborted || /TIMEOUT|TIMEDOUT/.test(code)) return "timeout";
  if (/HTTPParserError|HPE_|UND_ERR_HEADERS_OVERFLOW|BAD_ANSWER/.test(`${(error as Error).name} ${code}`)) return "bad_answer";
  return "connection_failed";
}

/** The answer's beginning, and why it is not a whole one. */
async function readAnswer(body: Readable, { declaredBytes, signal }: { declaredBytes: number; signal: AbortSignal }): Promise<{ text: string; fault: Fault }> {
  const kept: Buffer[] = [];
  let total = 0;
  let fault: Fault = null;
  try {
    if (declaredBytes > readBytes) {
      fault = "answer_too_large";
      body.on("error", () => undefined).destroy();
    } else {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (total < keptBytes) kept.push(chunk.subarray(0, keptBytes - total));
        total += chunk.length;
        if (total <= readBytes) continue;
        fault = "answer_too_large";
        // Leaving the loop closes the connection.
        break;
      }
    }
  } catch (error) {
    fault = errorWord(error, signal);
  }
  return { text: keptText(Buffer.concat(kept)), fault };
}

/** At most 8 KiB as UTF-8: a byte that is no text becomes three. Postgres keeps no NUL in text. */
function keptText(bytes: Buffer): string {
  const text = bytes.toString("utf8").replaceAll("\u0000", "\ufffd");
  // As a stream, the decoder leaves out the character that the cut falls into.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, keptBytes), { stream: true });
}
