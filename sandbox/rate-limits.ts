/** Vendors' documented limits, counted in windows that begin with a key's first call. Forgotten at a restart, as a limit should be. */
export class RateLimits {
  private readonly enabled: boolean;
  private readonly windows = new Map<string, { endsAt: number; calls: number }>();

  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  allow(key: string, limit: { requests: number; perMs: number }): boolean {
    if (!this.enabled) return true;
    const now = Date.now();
    const window = this.windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      this.windows.set(key, { endsAt: now + limit.perMs, calls: 1 });
      return true;
    }
    window.calls += 1;
    return window.calls <= limit.requests;
  }
}
