import { request, type Dispatcher } from "undici";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
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

/** Posts one webhook and never throws: whatever happens is an outcome. Redirects are failures; the answer is read up to 128 KiB. */
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
    const answer = await request(input.url, {
      method: "POST",
      dispatcher: input.dispatcher,
      headers: input.headers,
      body: input.body,
      signal,
      headersTimeout: input.timeoutMs,
      bodyTimeout: input.timeoutMs,
    });
    const responseBody = await readStart(answer.body);
    const statusCode = answer.statusCode;
    const ok = statusCode >= 200 && statusCode < 300;
    const retryAfter = answer.headers["retry-after"];
    const retryAfterMs = parseRetryAfter(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, new Date());
    const obeyed = statusCode === 429 || statusCode === 503;
    return {
      ok,
      statusCode,
      latencyMs: latency(),
      responseBody,
      error: statusCode >= 300 && statusCode < 400 ? "redirect" : null,
      ...(obeyed && retryAfterMs !== undefined ? { retryAfterMs } : {}),
    };
  } catch (error) {
    return { ok: false, statusCode: null, latencyMs: latency(), responseBody: null, error: signal.aborted ? "timeout" : errorWord(error) };
  }
}

function errorWord(error: unknown): AttemptOutcome["error"] {
  const code = (error as { code?: string }).code ?? "";
  if (code === "EGRESS_BLOCKED") return "blocked";
  if (/TIMEOUT/.test(code)) return "timeout";
  if (/HTTPParserError|HPE_|UND_ERR_HEADERS_OVERFLOW/.test(`${(error as Error).name} ${code}`)) return "bad_answer";
  return "connection_failed";
}

async function readStart(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const kept: Buffer[] = [];
  let total = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (total < keptBytes) kept.push(chunk.subarray(0, keptBytes - total));
    total += chunk.length;
    if (total > readBytes) break;
  }
  // Postgres keeps no NUL in text.
  return Buffer.concat(kept).toString("utf8").replaceAll("\u0000", "\ufffd");
}
