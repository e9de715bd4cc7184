import type { Readable } from "node:stream";
import { Agent, type Dispatcher, request as send } from "undici";
import { type HttpRequest, type HttpResponse, type HttpTransport, HttpTransportError } from "./http.ts";

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** The part of a logger that is used here. */
interface DebugLogger {
  debug(fields: object, message: string): void;
}

export interface HttpTransportOptions {
  logger: DebugLogger;
  /** A longer answer is given up as soon as it is seen to be longer. */
  maxResponseBytes?: number;
}

/**
 * Makes the way out. Connections are kept alive and shared by all providers. Redirects are answers like any other: a
 * vendor's API that moves must be looked at, and a signed request would not survive the move anyway.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport & { close(): Promise<void> } {
  const maxResponseBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const agent = new Agent({ connect: { timeout: 10_000 }, keepAliveTimeout: 20_000, pipelining: 1 });

  async function request(input: HttpRequest): Promise<HttpResponse> {
    const { host, pathname } = readUrl(input.url);
    const startedAt = performance.now();
    const log = (fields: object, message: string) =>
      options.logger.debug(
        { host, method: input.method, path: pathname, ms: Math.round(performance.now() - startedAt), ...fields },
        message,
      );
    try {
      const response = await exchange(input, agent, maxResponseBytes);
      log({ status: response.status }, "provider answered");
      return response;
    } catch (error) {
      const failure = asTransportError(error, host, input.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      log({ failure: failure.message }, "provider gave no answer");
      throw failure;
    }
  }

  return { request, close: () => agent.close() };
}

async function exchange(input: HttpRequest, agent: Agent, maxResponseBytes: number): Promise<HttpResponse> {
  const timeoutMs = input.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const answer = await send(input.url, {
    method: input.method,
    headers: input.headers,
    body: input.body,
    dispatcher: agent,
    signal: AbortSignal.timeout(timeoutMs),
    // The signal covers the whole request; undici's own limits must not be shorter.
    headersTimeout: timeoutMs + 1_000,
    bodyTimeout: timeoutMs + 1_000,
  });
  return { status: answer.statusCode, headers: flatten(answer.headers), body: await readAll(answer.body, maxResponseBytes) };
}

async function readAll(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early destroys the stream, and with it the connection.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new HttpTransportError(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function readUrl(url: string): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new HttpTransportError("the request has no valid URL", { cause });
  }
}

/** Words for what went wrong, without the URL: it may hold a person's id. */
function asTransportError(error: unknown, host: string, timeoutMs: number): HttpTransportError {
  if (error instanceof HttpTransportError) return error;
  const code = errorCode(error);
  if (code === "TimeoutError") return new HttpTransportError(`${host} did not answer within ${timeoutMs} ms`, { cause: error });
  return new HttpTransportError(`no answer from ${host} (${code})`, { cause: error });
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : error.name;
}
