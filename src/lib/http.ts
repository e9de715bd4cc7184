import type { Readable } from "node:stream";

/** A request to a provider. Bodies are bytes, so that what was signed is what is sent. */
export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
  /** Whole request, connect to last byte. Default 15,000. */
  timeoutMs?: number;
}

export interface HttpResponse {
  status: number;
  /** Lower-case names; repeated headers are joined with ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * The one way out to providers: time-outs, a cap on the answer (4 MiB), no redirects, one log line.
 * @throws HttpTransportError when no whole answer came.
 */
export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpResponse>;
}

/** No whole answer: connection refused or cut, time-out, or an answer over the cap. */
export class HttpTransportError extends Error {
  override readonly name = "HttpTransportError";
}
