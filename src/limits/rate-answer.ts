import { AppError } from "../lib/errors.ts";

/** How a limit stands after a request, as RateLimit-* headers say it. */
export interface RateState {
  /** What a full bucket holds. */
  limit: number;
  remaining: number;
  /** Seconds until the bucket is full again. */
  resetSeconds: number;
}

export interface Admission extends RateState {
  granted: boolean;
  /** 0 when it was granted. */
  retryAfterSeconds: number;
}

/** https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07 */
export function rateHeaders(state: RateState): Record<string, string> {
  return { "ratelimit-limit": String(state.limit), "ratelimit-remaining": String(state.remaining), "ratelimit-reset": String(state.resetSeconds) };
}

/** The one way in which a request over a limit is answered: 429 with Retry-After and RateLimit-*. */
export function rateLimited(admission: Admission, message: string): AppError {
  return new AppError("rate_limited", message, { retryAfterSeconds: Math.max(1, admission.retryAfterSeconds), headers: rateHeaders(admission) });
}
