/** Looks integrations up for the door, which meets the same few again and again. */
export interface KnownIntegrations<Entry> {
  /** Null when there is none with this id. */
  find(integrationId: string): Promise<Entry | null>;
}

/** How long an answer is believed: a change holds in every process within this time. */
const believedMs = 750;
const maxKept = 5_000;

/** One look for all who ask at the same moment. A look that failed is not remembered. */
export function createKnownIntegrations<Entry>(load: (integrationId: string) => Promise<Entry | null>): KnownIntegrations<Entry> {
  const kept = new Map<string, { until: number; entry: Promise<Entry | null> }>();
  return {
    find(integrationId) {
      const known = kept.get(integrationId);
      if (known !== undefined && known.until > performance.now()) return known.entry;
      const entry = load(integrationId);
      kept.delete(integrationId);
      kept.set(integrationId, { until: performance.now() + believedMs, entry });
      entry.catch(() => kept.delete(integrationId));
      for (const oldest of kept.keys()) {
        if (kept.size <= maxKept) break;
        kept.delete(oldest);
      }
      return entry;
    },
  };
}
