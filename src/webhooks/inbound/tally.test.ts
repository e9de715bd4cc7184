import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../lib/logger.ts";
import { createTally, type Counted } from "./tally.ts";

const logger = createLogger({ level: "silent", process: "test" });
const refusal = { tenantId: "acme", integrationId: "int_1", provider: "sumsub", sourceIp: "192.0.2.1", reason: "signature_mismatch" };

let written: Counted[] = [];
const write = async (counted: Counted): Promise<void> => void written.push(counted);

beforeEach(() => {
  written = [];
  vi.useFakeTimers({ now: new Date("2026-11-25T09:00:10Z"), toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => vi.useRealTimers());

describe("what is counted and not written one by one", () => {
  it("costs one write a second, whatever comes", async () => {
    const tally = createTally(write, logger);
    for (let second = 0; second < 10; second += 1) {
      for (let n = 0; n < 10_000; n += 1) tally.rejected(refusal);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await tally.close();
    expect(written.length).toBeLessThanOrEqual(11);
    expect(written.flatMap(({ rejections }) => rejections).reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
    expect(written.every(({ rejections }) => rejections.length === 1)).toBe(true);
  });

  it("tells reasons, integrations and minutes apart, and the first twenty addresses of a minute", async () => {
    const tally = createTally(write, logger);
    for (let n = 0; n < 500; n += 1) tally.rejected({ ...refusal, sourceIp: `192.0.2.${n % 250}` });
    tally.rejected({ ...refusal, reason: "timestamp_stale" });
    tally.rejected({ ...refusal, integrationId: "int_2" });
    await vi.advanceTimersByTimeAsync(60_000);
    tally.rejected(refusal);
    await tally.close();
    const rejections = written.flatMap((counted) => counted.rejections);
    const flood = rejections.filter((one) => one.integrationId === "int_1" && one.reason === "signature_mismatch" && one.minute.toISOString() === "2026-11-25T09:00:00.000Z");
    expect(flood).toHaveLength(21);
    expect(flood.find(({ sourceIp }) => sourceIp === null)?.count).toBe(460);
    expect(rejections).toHaveLength(24);
  });

  it("keeps apart what repetitions of one event said", async () => {
    const tally = createTally(write, logger);
    const event = { integrationId: "int_1", externalId: "e-1" };
    for (const text of ["a", "a", "b"]) tally.repeated({ ...event, bodyHash: Buffer.from(text) });
    await tally.close();
    expect(written.flatMap(({ repetitions }) => repetitions)).toEqual([{ ...event, bodyHash: Buffer.from("a"), count: 2 }, { ...event, bodyHash: Buffer.from("b"), count: 1 }]);
  });

  it("goes on after a write that failed", async () => {
    let failures = 1;
    const tally = createTally(async (counted) => {
      failures -= 1;
      if (failures >= 0) throw new Error("away");
      await write(counted);
    }, logger);
    tally.rejected(refusal);
    await vi.advanceTimersByTimeAsync(1_000);
    tally.rejected(refusal);
    await tally.close();
    expect(written).toHaveLength(1);
  });
});
