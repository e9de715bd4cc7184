/** What an endpoint's state should be, told attempt by attempt in plain arithmetic: the SQL counts whole batches and must come to the same. */

export interface ModelAttempt {
  answer: "ok" | "failed" | "asked_to_wait" | "gone";
  /** The delivery was not tried before. */
  first: boolean;
  /** Of an answer that says when to come back. */
  retryAfterMs?: number;
}

export interface EndpointModel {
  status: "healthy" | "degraded" | "disabled";
  failures: number;
  failingSince: number | null;
  warned: boolean;
  slowUntil: number;
  /** Failed attempts after those that began the outage. */
  failedSince: number;
  told: { failing: number; recovered: number; disabled: number };
}

const dayMs = 86_400_000;

export function healthyEndpoint(): EndpointModel {
  return { status: "healthy", failures: 0, failingSince: null, warned: false, slowUntil: 0, failedSince: 0, told: { failing: 0, recovered: 0, disabled: 0 } };
}

/** Attempts that ended together at `now`. */
export function afterAttempts(before: EndpointModel, now: number, attempts: readonly ModelAttempt[]): EndpointModel {
  const endpoint = { ...before, told: { ...before.told } };
  if (endpoint.status === "disabled") return endpoint;
  if (attempts.some(({ answer }) => answer === "gone")) return disable(endpoint);
  if (endpoint.status === "degraded") return endpoint;

  const alone = endpoint.slowUntil > now;
  let askCounted = alone;
  for (const { answer, first, retryAfterMs } of attempts) {
    endpoint.slowUntil = Math.max(endpoint.slowUntil, now + Math.min(retryAfterMs ?? 0, dayMs));
    if (answer === "ok") {
      succeed(endpoint);
      askCounted = alone;
      continue;
    }
    endpoint.failingSince ??= now;
    if (endpoint.failingSince < now) endpoint.failedSince += 1;
    if (first && (answer === "failed" || !askCounted)) endpoint.failures += 1;
    if (first && answer === "asked_to_wait") askCounted = true;
  }
  return judge(endpoint, now);
}

function succeed(endpoint: EndpointModel): void {
  if (endpoint.warned) endpoint.told.recovered += 1;
  Object.assign(endpoint, { failures: 0, failingSince: null, warned: false, failedSince: 0 });
}

function judge(endpoint: EndpointModel, now: number): EndpointModel {
  const failingForMs = endpoint.failingSince === null ? 0 : now - endpoint.failingSince;
  if (failingForMs >= dayMs && !endpoint.warned) {
    endpoint.warned = true;
    endpoint.told.failing += 1;
  }
  if (failingForMs >= 5 * dayMs && endpoint.failedSince >= 10) return disable(endpoint);
  if (endpoint.failures >= 20) endpoint.status = "degraded";
  return endpoint;
}

function disable(endpoint: EndpointModel): EndpointModel {
  endpoint.status = "disabled";
  endpoint.told.disabled += 1;
  return endpoint;
}
