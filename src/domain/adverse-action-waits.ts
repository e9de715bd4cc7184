import type { WaitingPeriod } from "./business-days.ts";

/** Where the work is done: its law decides how long a candidate may answer a pre-adverse notice. */
export interface WorkLocation {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** The part after the country in ISO 3166-2, "CA" for California. */
  region?: string;
  city?: string;
}

interface Rule extends WaitingPeriod {
  /** "US", "US-CA", "US-CA/san francisco": from the widest to the narrowest. */
  place: string;
  source: string;
}

/**
 * The shortest time between the two notices, as read in November 2026. Not legal advice: a tenant's counsel decides, and the
 * overrides say so. Where the law names no number, the usual reading is given.
 */
export const adverseActionRules: readonly Rule[] = [
  // The statute names none; the Commission's staff found five business days reasonable.
  { place: "US", days: 5, unit: "business", source: "15 U.S.C. § 1681b(b)(3); FTC staff opinion letter Weisberg (1997-06-27)" },
  { place: "US-CA", days: 5, unit: "business", source: "Cal. Gov. Code § 12952(c)(3)" },
  { place: "US-CA/san francisco", days: 7, unit: "calendar", source: "S.F. Police Code art. 49, § 4904(h)" },
  { place: "US-IL", days: 5, unit: "business", source: "775 ILCS 5/2-103.1(c)" },
  { place: "US-NY/new york", days: 5, unit: "business", source: "N.Y.C. Admin. Code § 8-107(11-a)(b)" },
  { place: "US-PA/philadelphia", days: 10, unit: "business", source: "Phila. Code § 9-3504" },
];

/**
 * What holds at this place: every rule whose place contains it. All of them must have run before a decision may be taken. A
 * tenant's override for a place ("US-CA") stands in for the table's rule of that place and no other.
 */
export function waitingPeriodsFor(location: WorkLocation, overrides: Readonly<Record<string, WaitingPeriod>> = {}): WaitingPeriod[] {
  const { country, region, city } = location;
  const regional = region === undefined ? [] : [`${country}-${region}`];
  const places = [country, ...regional, ...(city === undefined ? [] : regional.map((place) => `${place}/${city}`))].map(key);
  const own = new Map(Object.entries(overrides).map(([place, period]) => [key(place), period]));
  return places.flatMap((place) => {
    const period = own.get(place) ?? adverseActionRules.find((rule) => key(rule.place) === place);
    return period === undefined ? [] : [{ days: period.days, unit: period.unit }];
  });
}

function key(place: string): string {
  return place.toLowerCase().replaceAll(/\s*\/\s*/g, "/").replaceAll(/\s+/g, " ").trim();
}
