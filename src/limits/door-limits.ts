import type { AppError } from "../lib/errors.ts";
import type { Limit } from "./bucket-store.ts";
import { createLocalBudget, peerOf } from "./local-budget.ts";
import { rateHeaders, rateLimited } from "./rate-answer.ts";
import type { SharedLimiter } from "./shared-limiter.ts";

/** Who knocks, and at which integration's address; null for one that there is not. */
export interface Knock {
  sourceIp: string | null;
  integrationId: string | null;
}

/** The inbound door's budgets. */
export interface DoorLimits {
  /**
   * Before anything is looked up or verified: turns a flood away. Counts nothing by itself: only what fails uses up a source's
   * budget, and only at the integration where it failed.
   * @throws AppError rate_limited
   */
  admitSource(knock: Knock): void;
  /**
   * A request that did not verify, or that nothing was there for. Gives what to answer instead when the source has failed too
   * often. What does verify passes meanwhile: a vendor may share its address with a forger, behind a proxy that is not trusted.
   */
  countFailure(knock: Knock): AppError | null;
  /**
   * A verified request, by the integration's own limit or the platform's. Gives the headers of the answer. While the store is
   * away everything is let in: who signs is known, and what can't be stored is not acknowledged anyway.
   * @throws AppError rate_limited
   */
  admitVerified(integrationId: string, perSecond: number | null): Promise<Record<string, string>>;
}

/** How many seconds' worth of failures a source may have at once: a vendor that comes back with what it kept may be refused in a bunch. */
const failureBurstSeconds = 10;
/** Where failures are a flood: checking signatures has a price too. */
const floodFactor = 10;
/** A limit that nobody chose leaves room for bursts. */
const defaultBurst = 2;

export function createDoorLimits(means: { limiter: SharedLimiter; webhookRateLimit: number; webhookFailureLimit: number }): DoorLimits {
  const { limiter, webhookRateLimit, webhookFailureLimit } = means;
  const failureLimit: Limit = { perSecond: webhookFailureLimit, burst: webhookFailureLimit * failureBurstSeconds };
  const failures = createLocalBudget(failureLimit);
  const floods = createLocalBudget({ perSecond: failureLimit.perSecond * floodFactor, burst: failureLimit.burst * floodFactor });
  const tooMany = (waitSeconds: number): AppError =>
    rateLimited({ granted: false, limit: failureLimit.burst, remaining: 0, resetSeconds: failureBurstSeconds, retryAfterSeconds: Math.ceil(waitSeconds) }, "Too many requests from this address were not accepted.");
  const sourceKey = ({ sourceIp, integrationId }: Knock): string => `${peerOf(sourceIp)} ${integrationId ?? "nowhere"}`;
  const byDefault: Limit = { perSecond: webhookRateLimit, burst: webhookRateLimit * defaultBurst };

  return {
    admitSource(knock) {
      const waitSeconds = Math.max(floods.waitSeconds(sourceKey(knock)), floods.waitSeconds(sourceKey({ ...knock, integrationId: null })));
      if (waitSeconds > 0) throw tooMany(waitSeconds);
    },
    countFailure(knock) {
      const key = sourceKey(knock);
      const waitSeconds = failures.waitSeconds(key);
      failures.spend(key);
      floods.spend(key);
      return waitSeconds > 0 ? tooMany(waitSeconds) : null;
    },
    async admitVerified(integrationId, perSecond) {
      const limit = perSecond === null ? byDefault : { perSecond, burst: perSecond };
      const admission = await limiter.take(`door/${integrationId}`, limit);
      if (admission === null) return {};
      if (!admission.granted) throw rateLimited(admission, `The integration takes ${limit.perSecond} webhooks a second.`);
      return rateHeaders(admission);
    },
  };
}
