import fc from "fast-check";
import { expect, it } from "vitest";
import { disableAfterMs, firstDrainRate, lastDrainRate, nextDrainRate, obeyedMs, outageStage, recoveryWaitMs, tallyAttempts, warnAfterMs, type AttemptVerdict } from "./recovery.ts";

const verdict = (answer: AttemptVerdict["answer"], first = true): AttemptVerdict => ({ answer, first });
const verdicts = fc.array(fc.record({ answer: fc.constantFrom("ok" as const, "failed" as const), first: fc.boolean() }), { maxLength: 30 });
const scheduleMs = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000];

it("counts batches as it would count the same attempts one by one", () => {
  fc.assert(
    fc.property(fc.array(verdicts), (batches) => {
      let counted = 0;
      for (const batch of batches) {
        const tally = tallyAttempts(batch);
        counted = (tally.reset ? 0 : counted) + tally.failures;
      }
      let model = 0;
      for (const { answer, first } of batches.flat()) model = answer === "ok" ? 0 : first ? model + 1 : model;
      return counted === model;
    }),
  );
});

it("takes what a receiver asks of all that is in flight as one request, and none from before its last success", () => {
  const [ok, failed, asked] = [verdict("ok"), verdict("failed"), verdict("asked_to_wait")];
  expect(tallyAttempts([failed, asked, asked, failed])).toEqual({ reset: false, failing: true, failures: 2, askedToWait: true });
  expect(tallyAttempts([asked, ok])).toEqual({ reset: true, failing: false, failures: 0, askedToWait: false });
});

it("takes retries that fail for an endpoint that fails, and counts none of them", () => {
  const retries = [verdict("failed", false), verdict("asked_to_wait", false)];
  expect(tallyAttempts(retries)).toEqual({ reset: false, failing: true, failures: 0, askedToWait: false });
  expect(tallyAttempts([...retries, verdict("ok", false)])).toEqual({ reset: true, failing: false, failures: 0, askedToWait: false });
});

const anySchedule = fc.array(fc.integer({ min: 1, max: 24 * 3_600_000 }), { minLength: 1, maxLength: 12 });

it("probes within ten percent of any schedule, whose last wait repeats, and never past the day on which it gives up", () => {
  fc.assert(
    fc.property(anySchedule, fc.nat(200), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2 * disableAfterMs), (schedule, step, random, failingForMs) => {
      const wait = recoveryWaitMs({ scheduleMs: schedule, step, failingForMs, random: () => random });
      const planned = schedule[step] ?? schedule.at(-1) ?? 0;
      const left = disableAfterMs - failingForMs;
      if (left > 0 && wait > left) return false;
      return wait >= 1 && wait <= planned * 1.1 + 1 && (wait >= planned * 0.9 - 1 || wait === left);
    }),
  );
});

it("ends every outage at five days, with a warning before, whatever the jitter", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (randoms) => {
      const random = (): number => randoms.next().value as number;
      const stages: string[] = [];
      let failingForMs = 0;
      for (let step = 0; stages.at(-1) !== "give_up" && step < 100; step += 1) {
        failingForMs += recoveryWaitMs({ scheduleMs, step, failingForMs, random });
        stages.push(outageStage(failingForMs));
      }
      return failingForMs === disableAfterMs && stages.includes("warn") && stages.length <= 36;
    }),
  );
  expect([0, warnAfterMs - 1, warnAfterMs, disableAfterMs - 1, disableAfterMs].map(outageStage)).toEqual(["young", "young", "warn", "warn", "give_up"]);
});

it("doubles the drain until the endpoint has shown enough", () => {
  const rates: number[] = [];
  for (let rate: number | null = firstDrainRate; rate !== null; rate = nextDrainRate(rate)) rates.push(rate);
  expect(rates).toEqual([10, 20, 40, 80, 160, 320, lastDrainRate]);
});

it("obeys a receiver for a day at most", () => {
  expect([undefined, -1, 5, 1e15].map((ms) => obeyedMs(ms))).toEqual([0, 0, 5, 24 * 3_600_000]);
});
