import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogger } from "../lib/logger.ts";
import { createGroupCommit } from "./group-commit.ts";

const logger = createLogger({ level: "silent", process: "test" });

interface Item {
  key: number;
  rows: number;
  alone: boolean;
}

/** A database that takes its time, and that refuses some items. */
function group(lanes: number, refused: ReadonlySet<number> = new Set(), failure: Error = Object.assign(new Error("refused"), { code: "22021" })) {
  const commits: Item[][] = [];
  let open = 0;
  let mostOpen = 0;
  const commit = createGroupCommit<Item, number>({
    lanes, maxRowsPerCommit: 10, rowsOf: ({ rows }) => rows, alone: ({ alone }) => alone, logger,
    write: async (items) => {
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      if (items.some(({ key }) => refused.has(key))) throw failure;
      commits.push(items);
      return items.map(({ key }) => key);
    },
  });
  return { commit, commits, mostOpen: () => mostOpen };
}

const items = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 12 }), alone: fc.boolean() }), { maxLength: 40 }).map((list) => list.map((item, key) => ({ key, ...item })));

describe("group commit", () => {
  it("commits every item once, in order within the limit, and answers each with its own", async () => {
    await fc.assert(fc.asyncProperty(items, fc.integer({ min: 1, max: 3 }), async (given, lanes) => {
      const { commit, commits, mostOpen } = group(lanes);
      expect(await Promise.all(given.map((item) => commit.submit(item)))).toEqual(given.map(({ key }) => key));
      expect(commits.flat().map(({ key }) => key).toSorted((a, b) => a - b)).toEqual(given.map(({ key }) => key));
      for (const batch of commits) {
        expect(batch.length === 1 || batch.reduce((sum, { rows }) => sum + rows, 0) <= 10).toBe(true);
        expect(batch.length === 1 || batch.every(({ alone }) => !alone)).toBe(true);
      }
      expect(mostOpen()).toBeLessThanOrEqual(lanes);
    }), { numRuns: 50 });
  });

  it("refuses only the item that the database refuses", async () => {
    await fc.assert(fc.asyncProperty(items, fc.integer({ min: 0, max: 39 }), async (given, bad) => {
      const { commit } = group(2, new Set([bad]));
      const outcomes = await Promise.allSettled(given.map((item) => commit.submit(item)));
      expect(outcomes.map(({ status }) => status)).toEqual(given.map(({ key }) => (key === bad ? "rejected" : "fulfilled")));
    }), { numRuns: 50 });
  });

  it("asks a database that is away once for all, not once for each", async () => {
    const lost = Object.assign(new Error("Connection terminated"), { code: "57P01" });
    const { commit, commits } = group(1, new Set([1]), lost);
    const outcomes = await Promise.allSettled([0, 1, 2].map((key) => commit.submit({ key, rows: 1, alone: false })));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(commits).toEqual([]);
  });
});
