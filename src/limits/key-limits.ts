import type { AppError } from "../lib/errors.ts";
import { createLocalBudget, peerOf } from "./local-budget.ts";
import { rateHeaders, rateLimited } from "./rate-answer.ts";
import type { SharedLimiter } from "./shared-limiter.ts";

/** What a key's row says of its limit. */
export interface LimitedKey {
  /** The same for a key and the one that follows it by rotation: to rotate makes no second bucket. */
  lineageId: string;
  tenantId: string | null;
  rateLimit: number | null;
}

/** The budgets of requests below /v1. */
export interface KeyLimits {
  /** True when an address sent too many wrong keys: then only keys that this process knows are still looked up. */
  tooManyFailures(ip: string): boolean;
  countFailure(ip: string): void;
  /** 429 for a peer that keeps sending wrong keys. */
  refusal(ip: string): AppError;
  /**
   * A request with a valid key. Gives the headers of the answer. While the store is away everything is let in.
   * @throws AppError rate_limited
   */
  admit(key: LimitedKey): Promise<Record<string, string>>;
}

export function createKeyLimits(means: { limiter: SharedLimiter; apiKeyRateLimit: number; authFailureLimit: number }): KeyLimits {
  const { limiter, apiKeyRateLimit, authFailureLimit } = means;
  const failures = createLocalBudget({ perSecond: authFailureLimit / 60, burst: authFailureLimit });
  return {
    tooManyFailures: (ip) => failures.waitSeconds(peerOf(ip)) > 0,
    countFailure: (ip) => failures.spend(peerOf(ip)),
    refusal: (ip) => {
      const retryAfterSeconds = Math.ceil(failures.waitSeconds(peerOf(ip)));
      return rateLimited({ granted: false, limit: authFailureLimit, remaining: 0, resetSeconds: 60, retryAfterSeconds }, "Too many wrong keys came from this address.");
    },
    async admit(key) {
      // A platform key acts for all tenants: what is too much for it only its owner can say.
      const perSecond = key.rateLimit ?? (key.tenantId === null ? null : apiKeyRateLimit);
      if (perSecond === null) return {};
      const admission = await limiter.take(`key/${key.lineageId}`, { perSecond, burst: perSecond });
      if (admission === null) return {};
      if (!admission.granted) throw rateLimited(admission, `The key may make ${perSecond} requests a second.`);
      return rateHeaders(admission);
    },
  };
}
