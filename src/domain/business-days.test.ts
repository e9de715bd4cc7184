import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adverseActionRules, waitingPeriodsFor } from "./adverse-action-waits.ts";
import { addDays, dayIn, isBusinessDay, lastDayOfWait, startOfDay } from "./business-days.ts";
import { usFederalHolidays, usFederalHolidaysFrom } from "./holidays.ts";

const none: ReadonlySet<string> = new Set();
const fiveBusinessDays = [{ days: 5, unit: "business" as const }];
const day = fc.integer({ min: 0, max: 20_000 }).map((count) => addDays("2000-01-01", count));

describe("the end of a waiting period", () => {
  it("counts from the day after the notice, over weekends and holidays", () => {
    // A Wednesday before Thanksgiving.
    expect(lastDayOfWait({ noticeOn: "2026-11-25", periods: fiveBusinessDays, holidays: none })).toBe("2026-12-02");
    expect(lastDayOfWait({ noticeOn: "2026-11-25", periods: fiveBusinessDays, holidays: usFederalHolidaysFrom("2026-11-25") })).toBe("2026-12-03");
    expect(lastDayOfWait({ noticeOn: "2026-11-25", periods: [{ days: 7, unit: "calendar" }], holidays: none })).toBe("2026-12-02");
  });

  it("stands still while a dispute is open, and has no end until it is closed", () => {
    const wait = { noticeOn: "2026-11-02", periods: fiveBusinessDays, holidays: none };
    expect(lastDayOfWait(wait)).toBe("2026-11-09");
    expect(lastDayOfWait({ ...wait, pauses: [{ from: "2026-11-04", to: null }] })).toBeNull();
    expect(lastDayOfWait({ ...wait, pauses: [{ from: "2026-11-04", to: "2026-11-10" }] })).toBe("2026-11-16");
    // A dispute that began when the time was over has no part in it.
    expect(lastDayOfWait({ ...wait, pauses: [{ from: "2026-11-10", to: null }] })).toBe("2026-11-09");
  });

  it("holds exactly as many counted days as asked for, and ends on one of them", () => {
    const holidays = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
    const pause = fc.option(fc.record({ start: fc.integer({ min: 0, max: 15 }), length: fc.integer({ min: 0, max: 15 }) }), { nil: null });
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 15 }), holidays, pause, (noticeOn, days, offsets, stop) => {
        const free = new Set(offsets.map((offset) => addDays(noticeOn, offset)));
        const pauses = stop === null ? [] : [{ from: addDays(noticeOn, stop.start), to: addDays(noticeOn, stop.start + stop.length) }];
        const end = lastDayOfWait({ noticeOn, periods: [{ days, unit: "business" }], holidays: free, pauses });
        if (end === null) throw new Error("no end");
        const counted: string[] = [];
        for (let at = addDays(noticeOn, 1); at <= end; at = addDays(at, 1)) {
          if (isBusinessDay(at, free) && !pauses.some(({ from, to }) => from <= at && at <= to)) counted.push(at);
        }
        expect(counted).toHaveLength(days);
        expect(counted.at(-1)).toBe(end);
      }),
    );
  });

  it("waits for the longest of several periods, and for none where there is none", () => {
    const periods = [...fiveBusinessDays, { days: 10, unit: "calendar" as const }];
    expect(lastDayOfWait({ noticeOn: "2026-11-02", periods, holidays: none })).toBe("2026-11-12");
    expect(lastDayOfWait({ noticeOn: "2026-11-02", periods: [], holidays: none })).toBe("2026-11-02");
  });

  it("refuses what is no day, and a calendar without working days", () => {
    expect(() => lastDayOfWait({ noticeOn: "tomorrow", periods: fiveBusinessDays, holidays: none })).toThrow(RangeError);
    const always = { has: () => true } as unknown as ReadonlySet<string>;
    expect(() => lastDayOfWait({ noticeOn: "2026-11-02", periods: fiveBusinessDays, holidays: always })).toThrow(RangeError);
  });
});

describe("a day at the place of work", () => {
  it.each(["America/Los_Angeles", "America/New_York", "Pacific/Honolulu", "Europe/Paris", "Asia/Kathmandu", "America/Santiago", "UTC"])("begins at its first instant in %s", (timeZone) => {
    fc.assert(
      fc.property(day, (one) => {
        const start = startOfDay(one, timeZone);
        expect(dayIn(timeZone, start)).toBe(one);
        expect(dayIn(timeZone, new Date(start.getTime() - 1_000)) < one).toBe(true);
      }),
    );
  });
});

describe("the holidays of the United States", () => {
  it("are those of the official lists of 2026 and 2027", () => {
    // https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/
    expect(usFederalHolidays(2026)).toEqual([
      "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
    ]);
    expect(usFederalHolidays(2027)).toEqual([
      "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-06-18", "2027-07-05", "2027-09-06", "2027-10-11", "2027-11-11", "2027-11-25", "2027-12-24",
    ]);
  });

  it("hold the New Year's Day that is observed in the old year", () => {
    expect(usFederalHolidaysFrom("2027-12-20").has("2027-12-31")).toBe(true);
  });
});

describe("the waiting periods of a place", () => {
  it("are all that hold there, from the country's to the city's", () => {
    expect(waitingPeriodsFor({ country: "US", region: "TX" })).toEqual([{ days: 5, unit: "business" }]);
    expect(waitingPeriodsFor({ country: "US", region: "PA", city: " Philadelphia " })).toEqual([{ days: 5, unit: "business" }, { days: 10, unit: "business" }]);
    expect(waitingPeriodsFor({ country: "US", region: "CA", city: "San  Francisco" })).toHaveLength(3);
    expect(waitingPeriodsFor({ country: "FR", city: "Paris" })).toEqual([]);
    // A city of the same name elsewhere has its own law.
    expect(waitingPeriodsFor({ country: "US", region: "TX", city: "Philadelphia" })).toHaveLength(1);
  });

  it("are replaced or added place by place", () => {
    const overrides = { "us-tx": { days: 9, unit: "business" as const }, US: { days: 7, unit: "calendar" as const } };
    expect(waitingPeriodsFor({ country: "US", region: "TX" }, overrides)).toEqual([overrides.US, overrides["us-tx"]]);
  });

  it("name their source, one rule a place", () => {
    for (const { source, days } of adverseActionRules) expect([/§|ILCS/.test(source), days > 0]).toEqual([true, true]);
    expect(new Set(adverseActionRules.map(({ place }) => place)).size).toBe(adverseActionRules.length);
  });
});
