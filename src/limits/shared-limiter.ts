import { createGroupCommit } from "../db/group-commit.ts";
import type { Logger } from "../lib/logger.ts";
import { leaseMs, type BucketStore, type Limit, type TokenRequest } from "./bucket-store.ts";
import type { Admission } from "./rate-answer.ts";

/** Holds requests to limits that all processes share. */
export interface SharedLimiter {
  /** One token; null when the store does not answer: what then holds is the caller's to say. */
  take(key: string, limit: Limit): Promise<Admission | null>;
}

/** What this process knows of one bucket. */
interface Known {
  limit: Limit;
  /** Tokens taken ahead, good until leaseUntil. */
  lease: number;
  leaseUntil: number;
  /** No request before this time can be granted: the store said so. */
  emptyUntil: number;
  /** What the store had left when it was last asked. */
  level: number;
  askedAt: number;
  /** Granted since then: how many will be wanted next. */
  spent: number;
}

/** Below this a lease would be a token or two: every request is asked for, and the limit is exact to the token both ways. */
const leasedFromPerSecond = 200;
/** An empty bucket is not asked more often than this. */
const emptyPauseMs = 20;
const storeLimitMs = 1_000;
/** So long a store that did not answer is left alone. */
const awayMs = 1_000;
const maxKnown = 10_000;

/**
 * Requests of the same moment are one statement, whichever their buckets are. Under load a process takes tokens ahead, as many
 * as it spent in the time that such a lease lasts, and then grants without asking: bucket-store.ts has the arithmetic.
 */
export function createSharedLimiter(means: { store: BucketStore; logger: Logger; monotonicMs?: () => number }): SharedLimiter {
  const { store, logger } = means;
  const monotonicMs = means.monotonicMs ?? (() => performance.now());
  const kept = new Map<string, Known>();
  let awayUntil = -Infinity;

  const find = (key: string, limit: Limit): Known => {
    const known = kept.get(key);
    if (known !== undefined && known.limit.perSecond === limit.perSecond && known.limit.burst === limit.burst) return known;
    const fresh: Known = { limit, lease: 0, leaseUntil: 0, emptyUntil: 0, level: limit.burst, askedAt: -Infinity, spent: 0 };
    kept.delete(key);
    kept.set(key, fresh);
    const oldest = kept.size > maxKnown ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return fresh;
  };
  const ask = async (calls: Call[]): Promise<(Admission | null)[]> => {
    const sentAt = monotonicMs();
    const answers = new Map<Call, Admission>();
    // What came while the last statement was under way may be covered by the lease that it brought.
    for (const call of calls) if (spendLease(call.known, sentAt)) answers.set(call, granted(call.known));
    const open = Map.groupBy(calls.filter((call) => !answers.has(call)), ({ key }) => key);
    if (open.size === 0) return calls.map((call) => answers.get(call) ?? null);
    try {
      const requests = [...open].map(([key, [first, ...others]]): TokenRequest => {
        const { known } = first as Call;
        return { key, ...known.limit, wanted: 1 + others.length, ahead: wantedAhead(known, sentAt) };
      });
      for (const given of await withinLimit(store.take(requests))) {
        const waiting = open.get(given.key) ?? [];
        const known = (waiting[0] as Call).known;
        Object.assign(known, { level: given.level, askedAt: sentAt, spent: given.granted, lease: given.ahead, leaseUntil: sentAt + leaseMs });
        if (given.granted < waiting.length) known.emptyUntil = sentAt + Math.max(emptyPauseMs, ((1 - given.level) / known.limit.perSecond) * 1_000);
        for (const [index, call] of waiting.entries()) answers.set(call, index < given.granted ? granted(known, given.granted - index - 1) : refused(known, sentAt));
      }
    } catch (error) {
      awayUntil = monotonicMs() + awayMs;
      logger.warn({ err: error }, "the store of rate limits does not answer");
    }
    return calls.map((call) => answers.get(call) ?? null);
  };
  const group = createGroupCommit<Call, Admission | null>({ lanes: 1, maxRowsPerCommit: 2_000, rowsOf: () => 1, write: ask, logger });

  return {
    take: async (key, limit) => {
      const known = find(key, limit);
      const now = monotonicMs();
      if (known.emptyUntil > now) return refused(known, now);
      if (spendLease(known, now)) return granted(known);
      return awayUntil > now ? null : await group.submit({ key, known });
    },
  };
}

interface Call {
  key: string;
  known: Known;
}

function spendLease(known: Known, now: number): boolean {
  if (known.lease < 1 || known.leaseUntil <= now) return false;
  known.lease -= 1;
  known.spent += 1;
  return true;
}

function wantedAhead({ limit, spent, askedAt }: Known, now: number): number {
  if (limit.perSecond < leasedFromPerSecond || now - askedAt > 10 * leaseMs) return 0;
  const perLease = (spent / Math.max(1, now - askedAt)) * leaseMs;
  return Math.floor(Math.min(perLease, (limit.perSecond * leaseMs) / 1_000));
}

function granted(known: Known, others = 0): Admission {
  const left = known.level + known.lease + others;
  return { granted: true, limit: known.limit.burst, remaining: Math.max(0, Math.floor(left)), resetSeconds: fullIn(known, left), retryAfterSeconds: 0 };
}

function refused(known: Known, now: number): Admission {
  return { granted: false, limit: known.limit.burst, remaining: 0, resetSeconds: fullIn(known, known.level), retryAfterSeconds: Math.max(1, Math.ceil((known.emptyUntil - now) / 1_000)) };
}

function fullIn({ limit }: Known, left: number): number {
  return Math.max(0, Math.ceil((limit.burst - left) / limit.perSecond));
}

/** A statement that hangs must not hold up who asked. */
async function withinLimit<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${storeLimitMs} ms`)), storeLimitMs);
  });
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
