import type pg from "pg";
import type { Config } from "../config/config.ts";
import type { Logger } from "../lib/logger.ts";
import { createBucketStore } from "./bucket-store.ts";
import { createDoorLimits, type DoorLimits } from "./door-limits.ts";
import { createKeyLimits, type KeyLimits } from "./key-limits.ts";
import { createSharedLimiter } from "./shared-limiter.ts";

export interface LimitsMeans {
  config: Pick<Config, "webhookRateLimit" | "webhookFailureLimit" | "apiKeyRateLimit" | "authFailureLimit">;
  pool: pg.Pool;
  logger: Logger;
  /** Instead of the database's clock, for tests. */
  now?: () => Date;
}

/** One limiter for the process: requests to the door and below /v1 share its statements. */
export function createLimits({ config, pool, logger, now }: LimitsMeans): { door: DoorLimits; keys: KeyLimits } {
  const limiter = createSharedLimiter({ store: createBucketStore(pool, now), logger });
  return { door: createDoorLimits({ limiter, ...config }), keys: createKeyLimits({ limiter, ...config }) };
}
