import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "../../src/lib/logger.ts";
import { createBucketStore, leaseMs, type BucketStore, type Limit, type TokenRequest } from "../../src/limits/bucket-store.ts";
import { createSharedLimiter, type SharedLimiter } from "../../src/limits/shared-limiter.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const logger = createLogger({ level: "silent", process: "test" });
let database: TestDatabase;
let pools: pg.Pool[];
let made = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  pools = [1, 2, 3].map(() => new pg.Pool({ connectionString: database.url, max: 2 }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

/** Three processes' limiters on one database, under one clock that stands still until it is moved. */
class Processes {
  nowMs = Date.parse("2026-11-24T09:00:00Z");
  statements = 0;
  readonly key = `test/${(made += 1)}`;
  readonly limiters: SharedLimiter[] = pools.map((pool) => {
    const store = createBucketStore(pool, () => new Date(this.nowMs));
    return createSharedLimiter({ store: this.counting(store), logger, monotonicMs: () => this.nowMs });
  });
  private readonly limit: Limit;

  constructor(limit: Limit) {
    this.limit = limit;
  }

  /** How many of so many requests at the same moment are granted. */
  async take(process: number, count: number): Promise<number> {
    const answers = await Promise.all(Array.from({ length: count }, async () => await this.limiters[process]?.take(this.key, this.limit)));
    if (answers.some((answer) => answer === null || answer === undefined)) throw new Error("the store did not answer");
    return answers.filter((answer) => answer?.granted === true).length;
  }

  private counting(store: BucketStore): BucketStore {
    return {
      take: (requests: TokenRequest[]) => {
        this.statements += 1;
        return store.take(requests);
      },
    };
  }
}

/** A single bucket without leases: whoever never overdraws it kept to `burst + perSecond × t` in every span t. */
class Model {
  private level: number;
  private atMs: number;
  private readonly limit: Limit;

  constructor(limit: Limit, atMs: number) {
    this.limit = limit;
    this.level = limit.burst;
    this.atMs = atMs;
  }

  spend(count: number, atMs: number): number {
    this.level = Math.min(this.limit.burst, this.level + ((atMs - this.atMs) / 1_000) * this.limit.perSecond) - count;
    this.atMs = atMs;
    return this.level;
  }
}

// Now a trickle that earns a process its lease, now a pause that lets the bucket fill, now a rush that takes all there is.
const step = fc.record({
  process: fc.integer({ min: 0, max: 2 }),
  share: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0.005, 0.01, 0.02) }, { weight: 1, arbitrary: fc.constantFrom(0, 0.3, 1.2) }),
  waitMs: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 10 }) }, { weight: 2, arbitrary: fc.integer({ min: 0, max: leaseMs }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 2_000 }) }),
});
const limits = fc.constantFrom<Limit>({ perSecond: 7, burst: 7 }, { perSecond: 100, burst: 100 }, { perSecond: 300, burst: 600 }, { perSecond: 1_000, burst: 1_000 });

describe("a limit that three processes share", () => {
  test("is never exceeded, whatever they ask and when, leases included", async () => {
    await fc.assert(fc.asyncProperty(limits, fc.array(step, { minLength: 20, maxLength: 60 }), async (limit, steps) => {
      const processes = new Processes(limit);
      const model = new Model(limit, processes.nowMs);
      for (const { process, share, waitMs } of steps) {
        processes.nowMs += waitMs;
        const granted = await processes.take(process, Math.ceil(share * limit.burst));
        expect(model.spend(granted, processes.nowMs)).toBeGreaterThanOrEqual(-1e-6);
      }
    }), { numRuns: 40 });
  });

  test.each([{ perSecond: 100, burst: 100 }, { perSecond: 1_000, burst: 1_000 }])("gives $perSecond a second in the long run to those who keep asking, and starves none", async (limit) => {
    const processes = new Processes(limit);
    const granted = [0, 0, 0];
    const seconds = 5;
    for (let ms = 0; ms < seconds * 1_000; ms += 10) {
      processes.nowMs += 10;
      for (const process of [0, 1, 2]) granted[(process + ms / 10) % 3]! += await processes.take((process + ms / 10) % 3, Math.ceil(limit.perSecond / 100));
    }
    const all = granted.reduce((sum, count) => sum + count, 0);
    expect(all).toBeLessThanOrEqual(limit.burst + limit.perSecond * seconds);
    expect(all).toBeGreaterThanOrEqual(limit.perSecond * seconds * 0.9);
    for (const count of granted) expect(count).toBeGreaterThan(all / 6);
  });

  test("is exact to the request where it is small: 100 of 150 at one moment", async () => {
    const processes = new Processes({ perSecond: 100, burst: 100 });
    const granted = await Promise.all([0, 1, 2].map((process) => processes.take(process, 50)));
    expect(granted.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  test("costs no statement per request under load, and below the limit refuses nothing", async () => {
    const limit = { perSecond: 5_000, burst: 5_000 };
    const processes = new Processes(limit);
    let granted = 0;
    for (let ms = 0; ms < 1_000; ms += 1) {
      processes.nowMs += 1;
      granted += await processes.take(0, 4);
    }
    expect(granted).toBe(4_000);
    expect(processes.statements).toBeLessThan(60);
  });

  test("counts what one process holds ahead as part of what the others may burst", async () => {
    const limit = { perSecond: 1_000, burst: 1_000 };
    const processes = new Processes(limit);
    const model = new Model(limit, processes.nowMs);
    for (let ms = 0; ms < 40; ms += 5) {
      processes.nowMs += 5;
      model.spend(await processes.take(0, 5), processes.nowMs);
    }
    processes.nowMs += 60;
    const rush = [await processes.take(1, 1_200), await processes.take(2, 1_200), await processes.take(0, 1_200)];
    expect(rush[2]).toBeGreaterThan(0);
    for (const granted of rush) expect(model.spend(granted, processes.nowMs)).toBeGreaterThanOrEqual(-1e-6);
  });

  test("lets what was taken ahead lapse", async () => {
    const limit = { perSecond: 1_000, burst: 1_000 };
    const processes = new Processes(limit);
    for (let ms = 0; ms < 50; ms += 5) {
      processes.nowMs += 5;
      await processes.take(0, 5);
    }
    const before = processes.statements;
    processes.nowMs += leaseMs;
    await processes.take(0, 1);
    expect(processes.statements).toBe(before + 1);
  });
});

test("many buckets at once, by processes in a race, without a deadlock and with their sums", async () => {
  const limit = { perSecond: 1, burst: 10 };
  const keys = Array.from({ length: 20 }, (_, n) => `race/${n}`);
  const now = new Date();
  const limiters = pools.map((pool) => createSharedLimiter({ store: createBucketStore(pool, () => now), logger }));
  const answers = await Promise.all(limiters.flatMap((limiter, n) => (n % 2 === 0 ? keys : keys.toReversed()).flatMap((key) => Array.from({ length: 8 }, async () => ({ key, answer: await limiter.take(key, limit) })))));
  for (const key of keys) expect(answers.filter((one) => one.key === key && one.answer?.granted === true)).toHaveLength(10);
});

test("a store that does not answer gives null at once from then on, and is asked again later", async () => {
  let asked = 0;
  let nowMs = 0;
  const store: BucketStore = { take: () => ((asked += 1), Promise.reject(new Error("away"))) };
  const limiter = createSharedLimiter({ store, logger, monotonicMs: () => nowMs });
  const limit = { perSecond: 1, burst: 1 };
  expect([await limiter.take("a", limit), await limiter.take("a", limit), await limiter.take("b", limit)]).toEqual([null, null, null]);
  expect(asked).toBe(1);
  nowMs += 60_000;
  await limiter.take("a", limit);
  expect(asked).toBe(2);
});
