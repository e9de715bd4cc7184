import type { Platform } from "../context.ts";

/** Removes the buckets of who has not asked for a day: they are full again, which is what one that is missing counts as. */
export async function removeFullBuckets(platform: Platform): Promise<void> {
  await platform.db.hot.upkeep.query("DELETE FROM rate_bucket WHERE key IN (SELECT key FROM rate_bucket WHERE at < now() - interval '1 day' LIMIT 5000)");
}

/** Removes answers kept under an Idempotency-Key whose day is over. */
export async function removeExpiredAnswers(platform: Platform): Promise<void> {
  await platform.db.hot.upkeep.query("DELETE FROM idempotency_record WHERE (scope, key) IN (SELECT scope, key FROM idempotency_record WHERE expires_at < now() LIMIT 5000)");
}
