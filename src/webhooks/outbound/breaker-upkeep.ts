import type { Platform } from "../../context.ts";
import { bestEffort } from "../../lib/logger.ts";
import { ensureStarted } from "../../temporal/outbox.ts";
import { recoveryStart } from "./breaker.ts";
import { expireOverdue, findUnattended, holdArrivals, postponeSlow, releaseStranded, settleClosed } from "./held-store.ts";

/** Every few seconds: takes what came for endpoints that are left alone out of the dispatcher's sight. */
export async function setAside(platform: Platform, shard: number): Promise<void> {
  await bestEffort(holdArrivals(platform.db.hot.dispatch, shard), "they are held at the next look", platform.logger);
  await bestEffort(postponeSlow(platform.db.hot.dispatch, shard), "they are postponed at the next look", platform.logger);
}

/** Once a round of a shard: what nobody else would notice. Nothing waits past its deadline, and nothing is held without somebody who will release it. */
export async function tidyShard(platform: Platform, shard: number): Promise<void> {
  const pool = platform.db.hot.dispatch;
  await bestEffort(expireOverdue(pool, shard), "the next round expires them", platform.logger);
  await bestEffort(settleClosed(pool, shard), "the next round settles them", platform.logger);
  await bestEffort(releaseStranded(pool, shard), "the next round releases them", platform.logger);
  await bestEffort(restartLostRecoveries(platform, shard), "the next round looks again", platform.logger);
}

/** An operator may have terminated the run; starting one that is open changes nothing. */
async function restartLostRecoveries(platform: Platform, shard: number): Promise<void> {
  for (const endpoint of await findUnattended(platform.db.hot.dispatch, shard)) await ensureStarted(platform, endpoint.tenantId, recoveryStart(platform, endpoint));
}
