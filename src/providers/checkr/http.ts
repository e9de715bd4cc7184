import type { Clock } from "../../lib/clock.ts";
import type { HttpTransport } from "../../lib/http.ts";

/**
 * Says in HTTP's own words when to come again, as callProvider reads it. Checkr names the end of its limit's minute as a time in
 * X-Ratelimit-Reset (https://docs.checkr.com/#section/Getting-Started/Rate-Limits), and answers 409 while a request with the same
 * Idempotency-Key is still at work, which passes by itself.
 */
export function withRetryAfter(http: HttpTransport, clock: Clock): HttpTransport {
  return {
    async request(request) {
      const response = await http.request(request);
      if (response.headers["retry-after"] !== undefined) return response;
      const seconds = response.status === 429 ? untilReset(response.headers["x-ratelimit-reset"], clock) : undefined;
      const atWork = response.status === 409 && request.headers?.["idempotency-key"] !== undefined ? 2 : undefined;
      const wait = seconds ?? atWork;
      return wait === undefined ? response : { ...response, headers: { ...response.headers, "retry-after": String(wait) } };
    },
  };
}

function untilReset(header: string | undefined, clock: Clock): number | undefined {
  const at = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(Math.ceil((at - clock.now().getTime()) / 1000), 1);
}
