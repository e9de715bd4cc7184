/**
 * Counting days as notices do. A day is text, "2026-11-25": a waiting period ends with a day at the place of work, whatever
 * the time zone of the machine. Pure.
 */
export type Day = string;

export interface WaitingPeriod {
  days: number;
  unit: "business" | "calendar";
}

/** While a dispute is open the clock stands still; an open pause has no end yet. Both days belong to the pause. */
export interface Pause {
  from: Day;
  to: Day | null;
}

const DAY_MS = 86_400_000;
/** A list of holidays that never ends would otherwise be searched for ever. */
const MAX_DAYS = 3_660;

export function isBusinessDay(day: Day, holidays: ReadonlySet<Day>): boolean {
  const weekday = new Date(toUtc(day)).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !holidays.has(day);
}

export function addDays(day: Day, count: number): Day {
  return new Date(toUtc(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The last day of the waiting that a notice of that day begins; the decision may be taken on the day after it. All periods must
 * have run, and none at all ends with the notice's own day. That day does not count, nor does a day of a pause. Null while a
 * pause is open: then nobody knows.
 */
export function lastDayOfWait(input: {
  noticeOn: Day;
  periods: readonly WaitingPeriod[];
  holidays: ReadonlySet<Day>;
  pauses?: readonly Pause[];
}): Day | null {
  const ends = input.periods.map((period) => lastDayOf(period, input));
  return ends.includes(null) ? null : (ends.filter((day) => day !== null).toSorted().at(-1) ?? input.noticeOn);
}

function lastDayOf(period: WaitingPeriod, input: Parameters<typeof lastDayOfWait>[0]): Day | null {
  const { noticeOn, holidays, pauses = [] } = input;
  let day = noticeOn;
  let counted = 0;
  for (let step = 0; counted < period.days; step += 1) {
    if (step > MAX_DAYS) throw new RangeError(`no end within ${MAX_DAYS} days`);
    day = addDays(day, 1);
    const pausedBy = pauses.find(({ from, to }) => from <= day && (to === null || day <= to));
    if (pausedBy?.to === null) return null;
    if (pausedBy === undefined && (period.unit === "calendar" || isBusinessDay(day, holidays))) counted += 1;
  }
  return day;
}

/** The day that it is there at this time. */
export function dayIn(timeZone: string, at: Date): Day {
  return new Date(at.getTime() + offsetMs(timeZone, at)).toISOString().slice(0, 10);
}

/** The first instant of the day there. */
export function startOfDay(day: Day, timeZone: string): Date {
  const midnight = toUtc(day);
  // The offset in force depends on the instant that is looked for: the second look is on the right side of a change of clocks.
  const guess = midnight - offsetMs(timeZone, new Date(midnight));
  const start = midnight - offsetMs(timeZone, new Date(guess));
  // Where the clocks skip midnight, the day begins with the first instant after the gap.
  return new Date(dayIn(timeZone, new Date(start)) < day ? Math.max(start, guess) : start);
}

function offsetMs(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at.getTime() / 1000) * 1000;
}

function toUtc(day: Day): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new RangeError("a day is written YYYY-MM-DD");
  return time;
}
