import type { Goal } from "../shared/goals.ts";

const doors = ["verified", "mixed", "forged10"].flatMap((scenario): Goal[] => [
  { scenario, figure: "webhooksPerSecond", atLeast: 4_000 },
  { scenario, figure: "answerMs.p99", atMost: 100 },
  { scenario, figure: "peakMiB.api", atMost: 250 },
]);

/** What the platform means to reach on two cores that everything shares. Printed beside the figures and never asserted: machines differ. */
export const goals: Goal[] = [
  ...doors,
  { scenario: "verified", figure: "shareOfCeiling", atLeast: 0.5 },
  { scenario: "forged", figure: "rowsWrittenPerRequest", atMost: 0.01 },
  { scenario: "forged", figure: "refusedPerSecond", atLeast: 4_000 },
  { scenario: "forged", figure: "peakMiB.api", atMost: 250 },
  { scenario: "copies", figure: "rowsPerWebhook", atMost: 1 },
  { scenario: "relayed", figure: "answerMs.p99", atMost: 100 },
  { scenario: "relayed", figure: "drainedAfterSeconds", atMost: 10 },
];
