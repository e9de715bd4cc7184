import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiKilled } from "../faults/f1-api-killed.ts";
import { copies } from "../faults/f14-copies.ts";
import { scheduleUsedUp } from "../faults/f9-schedule-used-up.ts";
import { killEachProcess } from "../faults/kill-each-process.ts";
import { inboundRate } from "../load/l1-inbound-rate.ts";
import { noisyTenant } from "../load/l4-noisy-tenant.ts";
import { retryStorm } from "../load/l7-retry-storm.ts";
import { steadyRate } from "../load/l3-steady-rate.ts";
import { wideFanOut } from "../load/l5-wide-fan-out.ts";
import { wideLimits } from "../support/inbound-ground.ts";
import { startInstallation, type LocalInstallation } from "../support/local-installation.ts";
import { runScenario, type Scenario } from "../support/scenario.ts";

/** The short sizes of `npm run test:load` and `npm run test:faults`, one after the other on one installation. */
let installation: LocalInstallation;

beforeAll(async () => {
  installation = await startInstallation({ LOG_LEVEL: "warn", WEBHOOK_TIMEOUT_MS: "5000", ...wideLimits, ...scheduleUsedUp.env?.("short") });
});
afterAll(() => installation?.stop());

async function failuresOf(scenario: Scenario): Promise<string[]> {
  return (await runScenario(scenario, installation, "short")).failures;
}

describe("under load, the outbound part", () => {
  it("L3 delivers a steady stream to two endpoints each, once and soon", async () => {
    expect(await failuresOf(steadyRate)).toEqual([]);
  });

  it("L4 serves one tenant while another's receiver hangs", async () => {
    expect(await failuresOf(noisyTenant)).toEqual([]);
  });

  it("L5 brings one event to a hundred endpoints with short histories", async () => {
    expect(await failuresOf(wideFanOut)).toEqual([]);
  });

  it("L7 spreads retries, and keeps to the rate limit when all are due at once", async () => {
    expect(await failuresOf(retryStorm)).toEqual([]);
  });
});

describe("the inbound door", () => {
  it("L1 acknowledges and stores the webhooks of twelve providers, refuses forged ones, and tells each run once", async () => {
    expect(await failuresOf(inboundRate)).toEqual([]);
  });

  it("F1 loses nothing that it acknowledged when the API is killed, and lets nothing forged in", async () => {
    expect(await failuresOf(apiKilled)).toEqual([]);
  });

  it("F14 keeps one row and one effect of copies that reach two API processes at once", async () => {
    expect(await failuresOf(copies)).toEqual([]);
  });
});

describe("under faults, the outbound part", () => {
  it("F9 makes every attempt of the schedule, then says that it gave up, once", async () => {
    expect(await failuresOf(scheduleUsedUp)).toEqual([]);
  });

  it("KILL loses nothing when API, Temporal, Postgres and worker are killed in turn", async () => {
    expect(await failuresOf(killEachProcess)).toEqual([]);
  }, 120_000);
});
