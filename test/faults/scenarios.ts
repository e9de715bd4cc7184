import type { Scenario } from "../support/scenario.ts";
import { keysRotated } from "./f17-keys-rotated.ts";
import { killEachProcess } from "./kill-each-process.ts";
import { scheduleUsedUp } from "./f9-schedule-used-up.ts";
import { wrongClock } from "./f12-wrong-clock.ts";
import { badNetwork } from "./f7-bad-network.ts";
import { temporalKilled, temporalStopped } from "./temporal-away.ts";
import { workerKilled } from "./f2-worker-killed.ts";

/** What `npm run test:faults` runs, in this order. */
export const scenarios: Scenario[] = [workerKilled, temporalKilled, temporalStopped, badNetwork, wrongClock, scheduleUsedUp, keysRotated, killEachProcess];
