import type { Database } from "../../db/client.ts";

const cacheMs = 5000;
const maxEntries = 10_000;

const caches = new WeakMap<Database, Map<string, { until: number; seconds: Promise<number[]> }>>();

/**
 * The waits that an event type asks for, in seconds: of its newest version, empty when it has none. They apply to
 * endpoints without a schedule of their own. Asked after a failed attempt alone, and kept for some seconds.
 */
export async function retryScheduleOfType(db: Database, tenantId: string, type: string): Promise<number[]> {
  const cache = caches.get(db) ?? new Map<string, { until: number; seconds: Promise<number[]> }>();
  caches.set(db, cache);
  const key = `${tenantId}/${type}`;
  const now = performance.now();
  const known = cache.get(key);
  if (known !== undefined && known.until > now) return await known.seconds;
  const seconds = load(db, tenantId, type);
  cache.delete(key);
  cache.set(key, { until: now + cacheMs, seconds });
  const oldest = cache.keys().next().value;
  if (cache.size > maxEntries && oldest !== undefined) cache.delete(oldest);
  seconds.catch(() => cache.delete(key));
  return await seconds;
}

async function load(db: Database, tenantId: string, type: string): Promise<number[]> {
  const { rows } = await db.hot.dispatch.query<{ retry_schedule: number[] }>(
    "SELECT retry_schedule FROM event_type WHERE tenant_id = $1 AND name = $2 AND archived_at IS NULL ORDER BY version DESC LIMIT 1",
    [tenantId, type],
  );
  return rows[0]?.retry_schedule ?? [];
}
