import type { Scenario } from "../support/scenario.ts";
import { keysRotated } from "./f17-keys-rotated.ts";
import { killEachProcess } from "./kill-each-process.ts";
import { scheduleUsedUp } from "./f9-schedule-used-up.ts";
import { workerKilled } from "./f2-worker-killed.ts";

/** What `npm run test:faults` runs, in this order. */
export const scenarios: Scenario[] = [workerKilled, scheduleUsedUp, keysRotated, killEachProcess];
