import ipaddr from "ipaddr.js";
import type { Limit } from "./bucket-store.ts";

/**
 * Counts what failed, in this process alone: to refuse must cost neither a query nor a signature's check, and must hold while
 * the database is away. Several processes together allow as many times more.
 */
export interface LocalBudget {
  /** Seconds until the next attempt is let through; 0 while there is something left. */
  waitSeconds(key: string): number;
  spend(key: string): void;
}

const maxKeys = 20_000;

export function createLocalBudget(limit: Limit, monotonicMs: () => number = () => performance.now()): LocalBudget {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const levelOf = (bucket: { tokens: number; at: number }): number => Math.min(limit.burst, bucket.tokens + ((monotonicMs() - bucket.at) / 1_000) * limit.perSecond);
  return {
    waitSeconds(key) {
      const bucket = buckets.get(key);
      const level = bucket === undefined ? limit.burst : levelOf(bucket);
      return level >= 1 ? 0 : (1 - level) / limit.perSecond;
    },
    spend(key) {
      const bucket = buckets.get(key);
      const level = bucket === undefined ? limit.burst : levelOf(bucket);
      // Behind the others: the one that has been quiet for longest is forgotten first.
      buckets.delete(key);
      buckets.set(key, { tokens: Math.max(0, level - 1), at: monotonicMs() });
      const oldest = buckets.size > maxKeys ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
    },
  };
}

/** Whom a peer's address counts as: of IPv6 the /64, which is what one customer gets at the least. */
export function peerOf(ip: string | null): string {
  if (ip === null || !ipaddr.isValid(ip)) return "unknown";
  const address = ipaddr.process(ip);
  return address.kind() === "ipv4" ? address.toString() : address.toByteArray().slice(0, 8).map((byte) => byte.toString(16)).join(":");
}
