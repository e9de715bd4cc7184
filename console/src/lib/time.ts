import { useSyncExternalStore } from "react";

/** Times as the console says them: 24 hours, always with their zone, in the zone of the reader's machine. */

const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" } as const;
const day = { day: "numeric", month: "short", year: "numeric" } as const;

const dateTimeFormat = new Intl.DateTimeFormat("en-GB", { ...day, ...clock });
const timeFormat = new Intl.DateTimeFormat("en-GB", clock);
const dayFormat = new Intl.DateTimeFormat("en-GB", { ...day, weekday: "long", month: "long" });
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const units = [
  { unit: "year", ms: 365 * 86_400_000 },
  { unit: "month", ms: 30 * 86_400_000 },
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: 60_000 },
  { unit: "second", ms: 1_000 },
] as const;

export const formatDateTime = (at: string) => dateTimeFormat.format(new Date(at));
export const formatTime = (at: string) => timeFormat.format(new Date(at));
export const formatDay = (at: string) => dayFormat.format(new Date(at));

export function formatRelative(at: string, nowMs: number): string {
  const distanceMs = Date.parse(at) - nowMs;
  if (Math.abs(distanceMs) < 5_000) return distanceMs > 1_000 ? "in a moment" : "just now";
  const { unit, ms } = units.find((candidate) => Math.abs(distanceMs) >= candidate.ms) ?? { unit: "second" as const, ms: 1_000 };
  return relativeFormat.format(Math.trunc(distanceMs / ms), unit);
}

const tickMs = 5_000;

/** The present time, renewed often enough for "12 seconds ago". All readers share the browser's one clock. */
export function useNow(): number {
  useSyncExternalStore(subscribe, () => Math.floor(Date.now() / tickMs));
  return Date.now();
}

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, tickMs);
  return () => clearInterval(timer);
}
