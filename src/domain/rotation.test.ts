import fc from "fast-check";
import { expect, test } from "vitest";
import { agoWords, maxOverlapSeconds, nextLookAt, noticeMs } from "./rotation.ts";

const hourMs = 3_600_000;

test("a day's overlap is looked at four times in its last quarter, closer to the end each time", () => {
  const times = { replacedAt: 0, validUntil: 24 * hourMs };
  const looks: number[] = [];
  for (let at = nextLookAt(times, 0); at !== null; at = nextLookAt(times, at)) looks.push(at / hourMs);
  expect(looks).toEqual([18, 21, 22.5, 23.25]);
});

test("looks lie ahead and before the end, whatever the overlap, and come to an end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: maxOverlapSeconds }), fc.double({ min: 0, max: 1, noNaN: true }), (seconds, share) => {
      const times = { replacedAt: 1_000, validUntil: 1_000 + seconds * 1_000 };
      let count = 0;
      for (let at = 1_000 + share * seconds * 1_000, next = nextLookAt(times, at); next !== null; next = nextLookAt(times, at)) {
        expect(next > at && next < times.validUntil).toBe(true);
        at = next;
        count += 1;
      }
      expect(count).toBeLessThanOrEqual(4);
    }),
  );
});

test("an overlap of less than ten minutes is not watched, a week's is for a day", () => {
  expect([noticeMs({ replacedAt: 0, validUntil: 599_999 }), noticeMs({ replacedAt: 0, validUntil: maxOverlapSeconds * 1_000 })]).toEqual([null, 24 * hourMs]);
});

test("a time that has passed is said in whole words", () => {
  expect([30_000, 60_000, 3 * 60_000 + 59_000, hourMs, 49 * hourMs].map(agoWords)).toEqual(["less than a minute ago", "1 minute ago", "3 minutes ago", "1 hour ago", "2 days ago"]);
});
