import type { Scenario } from "../support/scenario.ts";
import { keysRotated } from "./f17-keys-rotated.ts";
import { apiKilled, apiKilledInALoop } from "./f1-api-killed.ts";
import { copies } from "./f14-copies.ts";
import { outOfOrder } from "./f15-out-of-order.ts";
import { postgresKilled } from "./f3-postgres-killed.ts";
import { killEachProcess } from "./kill-each-process.ts";
import { scheduleUsedUp } from "./f9-schedule-used-up.ts";
import { wrongClock } from "./f12-wrong-clock.ts";
import { badNetwork } from "./f7-bad-network.ts";
import { temporalKilled, temporalStopped } from "./temporal-away.ts";
import { workerKilled } from "./f2-worker-killed.ts";

/** What `npm run test:faults` runs, in this order. */
export const scenarios: Scenario[] = [apiKilled, apiKilledInALoop, workerKilled, postgresKilled, temporalKilled, temporalStopped, badNetwork, wrongClock, scheduleUsedUp, copies, outOfOrder, keysRotated, killEachProcess];
