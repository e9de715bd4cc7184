import fc from "fast-check";
import { expect, it } from "vitest";
import { nextWaitMs, parseRetryAfter } from "./schedule.ts";

const scheduleMs = [5_000, 30_000, 120_000];
const now = new Date("2026-11-24T09:00:00Z");

it("waits as planned, within ten percent, and ends after the last wait", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const wait = nextWaitMs({ scheduleMs, attempts, random: () => random }) ?? 0;
      const planned = scheduleMs[attempts - 1] ?? 0;
      return wait >= planned * 0.9 - 1 && wait <= planned * 1.1 + 1;
    }),
  );
  expect(nextWaitMs({ scheduleMs, attempts: 4, random: () => 0.5 })).toBeNull();
});

it("obeys Retry-After up to a day, and never sooner than planned", () => {
  const wait = (retryAfterMs: number): number | null => nextWaitMs({ scheduleMs, attempts: 1, retryAfterMs, random: () => 0.5 });
  expect(wait(60_000)).toBe(60_000);
  expect(wait(1)).toBe(5_000);
  expect(wait(1e15)).toBe(24 * 3_600_000);
});

it.each([
  ["120", 120_000],
  ["0", 0],
  ["Tue, 24 Nov 2026 09:01:00 GMT", 60_000],
  ["Tue, 24 Nov 2026 08:59:00 GMT", undefined],
  ["-5", undefined],
  ["soon", undefined],
  ["1.5", undefined],
  [undefined, undefined],
])("reads Retry-After %s as %s", (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});
