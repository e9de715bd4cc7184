import { createHash } from "node:crypto";
import { startReceiver, type Receiver } from "../support/local-receiver.ts";

/** Waits between a delivery's attempts, and between a recovery's probes: what is run against the model has these. */
export const modelEnv = { WEBHOOK_RETRY_SCHEDULE: "100ms,200ms,400ms", WEBHOOK_RECOVERY_SCHEDULE: "300ms,400ms,600ms,1s,2s" };
export const maxAttempts = 4;
/** An endpoint that is down fails so many requests, more than open its breaker, and then takes everything. */
export const downForRequests = 30;

export type EndpointKind = "well" | "flaky" | "down";

/** Every tenth endpoint fails: most of them now and then, some wholly for a while. Endpoints are named by their path. */
export function kindOf(seed: string, path: string): EndpointKind {
  const place = digest(`${seed}|${path}`).readUInt32BE() % 100;
  return place < 8 ? "flaky" : place < 10 ? "down" : "well";
}

/** Two of five attempts fail at a flaky endpoint; which, is fixed by endpoint, event and number. */
export function flakyFails(seed: string, path: string, eventId: string, attempt: number): boolean {
  return digest(`${seed}|${path}|${eventId}|${attempt}`).readUInt8() < 102;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export interface ModelReceiver extends Receiver {
  /** Requests by `path eventId`. */
  requests: Map<string, number>;
}

export async function startModelReceiver(seed: string): Promise<ModelReceiver> {
  const requests = new Map<string, number>();
  const failedWhileDown = new Map<string, number>();
  const receiver = await startReceiver(({ path, id }) => {
    const attempt = (requests.get(`${path} ${id}`) ?? 0) + 1;
    requests.set(`${path} ${id}`, attempt);
    const kind = kindOf(seed, path);
    if (kind === "flaky") return { status: flakyFails(seed, path, id, attempt) ? 500 : 204 };
    const failed = failedWhileDown.get(path) ?? 0;
    if (kind === "well" || failed >= downForRequests) return { status: 204 };
    failedWhileDown.set(path, failed + 1);
    return { status: 500 };
  });
  return { ...receiver, requests };
}
