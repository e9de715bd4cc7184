import type { Scenario } from "../support/scenario.ts";
import { killEachProcess } from "./kill-each-process.ts";
import { scheduleUsedUp } from "./f9-schedule-used-up.ts";
import { workerKilled } from "./f2-worker-killed.ts";

/** What `npm run test:faults` runs, in this order. */
export const scenarios: Scenario[] = [workerKilled, scheduleUsedUp, killEachProcess];
