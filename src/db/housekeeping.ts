import type { Platform } from "../context.ts";

/** Removes answers kept under an Idempotency-Key whose day is over. */
export async function removeExpiredAnswers(platform: Platform): Promise<void> {
  await platform.db.hot.upkeep.query("DELETE FROM idempotency_record WHERE (scope, key) IN (SELECT scope, key FROM idempotency_record WHERE expires_at < now() LIMIT 5000)");
}
