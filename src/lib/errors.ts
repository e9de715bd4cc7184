/** Every error the API answers with, its HTTP status and its title. One table; one handler turns it into problem+json. */
export const errorCodes = {
  malformed: { status: 400, title: "The request could not be read" },
  too_many_secrets: { status: 400, title: "Too many former secrets are still valid" },
  unauthenticated: { status: 401, title: "Authentication is required" },
  signature_invalid: { status: 401, title: "The webhook's signature was not accepted" },
  forbidden: { status: 403, title: "The key may not do this" },
  source_not_allowed: { status: 403, title: "The address may not send here" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "Conflict with the present state" },
  idempotency_conflict: { status: 409, title: "The Idempotency-Key was used with another request" },
  integration_not_connected: { status: 409, title: "The integration is not connected" },
  illegal_state: { status: 409, title: "Not possible in the present state" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "Unsupported content type" },
  too_many_headers: { status: 431, title: "The request has too many header fields" },
  invalid: { status: 422, title: "The request is invalid" },
  url_not_allowed: { status: 422, title: "The URL is not allowed" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Internal error" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One fault in the input: a JSON pointer to the field, and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  /** Field faults shown to the caller. */
  errors?: FieldError[];
  /** Seconds, sent as Retry-After. */
  retryAfterSeconds?: number;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
  /** For the log only; never sent. */
  internal?: Record<string, unknown>;
  cause?: unknown;
}

/** An error with two texts: what the caller may read (message) and what only the log keeps (internal, cause). */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Record<string, string> | undefined;
  readonly internal: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, publicMessage: string, options: AppErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers;
    this.internal = options.internal;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

export function notFound(what: string): AppError {
  return new AppError("not_found", `There is no such ${what}.`);
}

/** A 422 that names one field by its JSON pointer. */
export function invalidField(path: string, message: string): AppError {
  return new AppError("invalid", "Some fields are invalid; see errors.", { errors: [{ path, message }] });
}
