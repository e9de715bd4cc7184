import type { ActivityOptions } from "@temporalio/workflow";

/** Named time-outs and retry policies; call sites name a profile and hold no numbers. */

/** Our own database: quick, and tried until it is back. */
export const storage: ActivityOptions = {
  startToCloseTimeout: "30 seconds",
  retry: { initialInterval: "500 milliseconds", backoffCoefficient: 2, maximumInterval: "30 seconds" },
};

/** A provider's API: ten minutes of tries; after that the run says that it is stuck, and on what. */
export const provider: ActivityOptions = {
  startToCloseTimeout: "60 seconds",
  scheduleToCloseTimeout: "10 minutes",
  retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "60 seconds" },
};

/** Attempts at a tenant's receiver, which never throw for what it answers; a killed worker's step is begun again by another. */
export const sending: ActivityOptions = {
  startToCloseTimeout: "3 minutes",
  heartbeatTimeout: "12 seconds",
  retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "30 seconds" },
};

/** How long a stuck run waits before it tries by itself again: doubles from the first to the last. */
export const stuckRetryMs = { first: 60_000, last: 6 * 3_600_000 };
