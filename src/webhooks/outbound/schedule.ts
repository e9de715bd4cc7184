const maxRetryAfterMs = 24 * 3_600_000;
const jitterShare = 0.12;

/**
 * The wait before the next attempt, or null when the schedule is used up. `attempts` counts those already made.
 * A Retry-After is obeyed up to 24 hours and never shortens the planned wait; jitter of ±12 % spreads a storm.
 */
export function nextWaitMs(input: { scheduleMs: readonly number[]; attempts: number; retryAfterMs?: number | undefined; random: () => number }): number | null {
  const planned = input.scheduleMs[input.attempts - 1];
  if (planned === undefined) return null;
  const jittered = Math.round(planned * (1 - jitterShare + 2 * jitterShare * input.random()));
  return Math.max(jittered, Math.min(input.retryAfterMs ?? 0, maxRetryAfterMs));
}

/** Reads Retry-After (RFC 9110 § 10.2.3: seconds or an HTTP date). Anything else, and the past, is undefined. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse alone would take almost anything for a date.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= now.getTime() ? undefined : at - now.getTime();
}
