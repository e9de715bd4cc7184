import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Database } from "../db/client.ts";
import { createLogger } from "../lib/logger.ts";
import { FormerUseLog } from "./use-log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function log(): { uses: FormerUseLog; written: unknown[][] } {
  const written: unknown[][] = [];
  const tx = { $executeRaw: async (_text: TemplateStringsArray, ...values: unknown[]) => void written.push(values) };
  const db = { tenantTransaction: (_tenantId: string, work: (given: typeof tx) => Promise<unknown>) => work(tx) } as unknown as Database;
  return { uses: new FormerUseLog(db, createLogger({ level: "silent", process: "test" })), written };
}

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 25, 12, 0, second));

test("writes a first use at once and a minute's further ones together, each secret by itself", async () => {
  const { uses, written } = log();
  for (let n = 0; n < 1_000; n += 1) uses.note("acme", "sec_1", at(n % 60));
  uses.note("acme", "sec_2", at(1));
  expect(written).toEqual([[1, at(0), "acme", "sec_1"], [1, at(1), "acme", "sec_2"]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(written.slice(2)).toEqual([[999, at(39), "acme", "sec_1"]]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(written).toHaveLength(3);
});

test("an orderly stop loses no use", async () => {
  const { uses, written } = log();
  for (const second of [0, 1, 2]) uses.note("acme", "sec_1", at(second));
  await uses.close();
  expect(written).toEqual([[1, at(0), "acme", "sec_1"], [2, at(2), "acme", "sec_1"]]);
});
