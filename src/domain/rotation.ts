/** Secrets that were replaced and stay valid for a while: limits, looks and words. Pure: API, workflow and console share it. */

/** What has secrets that are rotated with an overlap. */
export const secretKinds = ["integration", "webhook_endpoint", "api_key"] as const;
export type SecretKind = (typeof secretKinds)[number];

/** So many former secrets of one subject may be valid at a time. */
export const maxFormerSecrets = 10;
export const defaultOverlapSeconds = 86_400;
export const maxOverlapSeconds = 7 * 86_400;

/** Somebody who chose a shorter overlap is there to see it end. */
const watchedOverlapMs = 10 * 60_000;
const maxNoticeMs = 24 * 3_600_000;
const looks = [1, 1 / 2, 1 / 4, 1 / 8];

export interface OverlapTimes {
  /** Milliseconds since the epoch. */
  replacedAt: number;
  validUntil: number;
}

/** How long before the end a use is worth a warning: a quarter of the overlap, a day at most; null for one too short to watch. */
export function noticeMs({ replacedAt, validUntil }: OverlapTimes): number | null {
  const overlapMs = validUntil - replacedAt;
  return overlapMs < watchedOverlapMs ? null : Math.min(overlapMs / 4, maxNoticeMs);
}

/** When the use is looked at next: four times, closer to the end each time; null when only the end is left. */
export function nextLookAt(times: OverlapTimes, now: number): number | null {
  const notice = noticeMs(times);
  if (notice === null) return null;
  return looks.map((share) => times.validUntil - notice * share).find((at) => at > now) ?? null;
}

const words: Record<SecretKind, string> = { integration: "former set of credentials", webhook_endpoint: "former signing secret", api_key: "former API key" };

/** What a former secret is called on timelines. */
export function secretWords(kind: SecretKind): string {
  return words[kind];
}

/** Deliveries carry a signature of each valid secret, and only the receiver knows which one it checks. */
export function useIsSeen(kind: SecretKind): boolean {
  return kind !== "webhook_endpoint";
}

/** "3 minutes ago", for a sentence that is read later: of what it said when it was written. */
export function agoWords(ms: number): string {
  const steps: [number, string][] = [[86_400_000, "day"], [3_600_000, "hour"], [60_000, "minute"]];
  for (const [unit, word] of steps) {
    const count = Math.floor(ms / unit);
    if (count >= 1) return `${count} ${word}${count === 1 ? "" : "s"} ago`;
  }
  return "less than a minute ago";
}
