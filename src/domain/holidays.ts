import type { Day } from "./business-days.ts";

/**
 * The public holidays of the United States, with the day on which one that falls on a weekend is observed.
 * https://www.law.cornell.edu/uscode/text/5/6103. A tenant's own list is added to these or replaces them.
 */
export function usFederalHolidays(year: number): Day[] {
  return [
    observed(year, 1, 1),
    nthWeekday(year, 1, 1, 3),
    nthWeekday(year, 2, 1, 3),
    lastWeekday(year, 5, 1),
    observed(year, 6, 19),
    observed(year, 7, 4),
    nthWeekday(year, 9, 1, 1),
    nthWeekday(year, 10, 1, 2),
    observed(year, 11, 11),
    nthWeekday(year, 11, 4, 4),
    observed(year, 12, 25),
  ];
}

/** Those of the years from one day on, enough for any waiting period that begins then. */
export function usFederalHolidaysFrom(day: Day): Set<Day> {
  const year = Number(day.slice(0, 4));
  // New Year's Day of the year after the next may be observed on the last day of the next.
  return new Set([year, year + 1, year + 2].flatMap(usFederalHolidays));
}

function observed(year: number, month: number, date: number): Day {
  const day = new Date(Date.UTC(year, month - 1, date));
  const weekday = day.getUTCDay();
  const shift = weekday === 6 ? -1 : weekday === 0 ? 1 : 0;
  return text(new Date(day.getTime() + shift * 86_400_000));
}

/** weekday as getUTCDay counts; n from 1. */
function nthWeekday(year: number, month: number, weekday: number, n: number): Day {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return text(new Date(Date.UTC(year, month - 1, 1 + ((weekday - first + 7) % 7) + (n - 1) * 7)));
}

function lastWeekday(year: number, month: number, weekday: number): Day {
  const last = new Date(Date.UTC(year, month, 0));
  return text(new Date(last.getTime() - ((last.getUTCDay() - weekday + 7) % 7) * 86_400_000));
}

function text(day: Date): Day {
  return day.toISOString().slice(0, 10);
}
