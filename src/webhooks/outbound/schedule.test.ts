import fc from "fast-check";
import { expect, it } from "vitest";
import { nextWaitMs, parseRetryAfter } from "./schedule.ts";

const scheduleMs = [5_000, 30_000, 120_000];
const now = new Date("2026-11-24T09:00:00Z");

const dayMs = 24 * 3_600_000;
const anySchedule = fc.array(fc.integer({ min: 1, max: dayMs }), { minLength: 1, maxLength: 12 });
const anyRetryAfter = fc.option(fc.oneof(fc.integer({ min: -dayMs, max: 3 * dayMs }), fc.constantFrom(1e15, Infinity)), { nil: undefined });
const anyRandom = fc.double({ min: 0, max: 1, noNaN: true });

it("waits as planned within ten percent, or as long as the receiver asks up to a day, whatever the schedule", () => {
  fc.assert(
    fc.property(anySchedule, fc.integer({ min: 1, max: 20 }), anyRetryAfter, anyRandom, (schedule, attempts, retryAfterMs, random) => {
      const wait = nextWaitMs({ scheduleMs: schedule, attempts, retryAfterMs, random: () => random });
      const planned = schedule[attempts - 1];
      if (planned === undefined || wait === null) return wait === null && planned === undefined;
      const asked = Math.min(Math.max(retryAfterMs ?? 0, 0), dayMs);
      return wait >= planned * 0.88 - 1 && wait >= asked && wait <= Math.max(planned * 1.12 + 1, asked);
    }),
  );
});

it("makes one attempt more than there are waits, and then ends", () => {
  fc.assert(
    fc.property(anySchedule, fc.infiniteStream(fc.tuple(anyRetryAfter, anyRandom)), (schedule, answers) => {
      let attempts = 0;
      for (let wait: number | null = 0; wait !== null; ) {
        attempts += 1;
        const [retryAfterMs, random] = answers.next().value as [number | undefined, number];
        wait = nextWaitMs({ scheduleMs: schedule, attempts, retryAfterMs, random: () => random });
      }
      return attempts === schedule.length + 1;
    }),
  );
});

it("obeys Retry-After up to a day, and never sooner than planned", () => {
  const wait = (retryAfterMs: number): number | null => nextWaitMs({ scheduleMs, attempts: 1, retryAfterMs, random: () => 0.5 });
  expect(wait(60_000)).toBe(60_000);
  expect(wait(1)).toBe(5_000);
  expect(wait(1e15)).toBe(dayMs);
});

it("reads any number of seconds and any date to come", () => {
  fc.assert(fc.property(fc.nat(), (seconds) => parseRetryAfter(String(seconds), now) === seconds * 1000));
  const dates = fc.date({ min: new Date("1970-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      const aheadMs = Math.floor(date.getTime() / 1000) * 1000 - now.getTime();
      return parseRetryAfter(date.toUTCString(), now) === (aheadMs > 0 ? aheadMs : undefined);
    }),
  );
});

it("takes nothing else for a time to come back", () => {
  const junk = fc.oneof(fc.string(), fc.integer({ max: -1 }).map(String), fc.double({ noInteger: true }).map(String), fc.date({ noInvalidDate: true }).map((date) => date.toISOString()));
  fc.assert(fc.property(junk, (text) => /^\s*\d+\s*$/.test(text) || parseRetryAfter(text, now) === undefined));
});

it.each([
  ["120", 120_000],
  ["0", 0],
  ["1000000000000", 1e15],
  ["Tue, 24 Nov 2026 09:01:00 GMT", 60_000],
  ["Tue, 24 Nov 2026 08:59:00 GMT", undefined],
  ["-5", undefined],
  ["soon", undefined],
  ["1.5", undefined],
  [undefined, undefined],
])("reads Retry-After %s as %s", (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});
