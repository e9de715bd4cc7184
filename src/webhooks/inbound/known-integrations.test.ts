import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKnownIntegrations } from "./known-integrations.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

describe("the door's memory of integrations", () => {
  it("looks once for all who ask at the same moment, and again after less than a second", async () => {
    let looks = 0;
    const known = createKnownIntegrations(async (id) => ({ id, look: (looks += 1) }));
    expect(await Promise.all(Array.from({ length: 100 }, () => known.find("int_1")))).toEqual(Array.from({ length: 100 }, () => ({ id: "int_1", look: 1 })));
    vi.advanceTimersByTime(999);
    expect(await known.find("int_1")).toEqual({ id: "int_1", look: 2 });
  });

  it("does not remember a look that failed", async () => {
    let away = true;
    const known = createKnownIntegrations(async (id) => {
      if (away) throw new Error("away");
      return id;
    });
    await expect(known.find("int_1")).rejects.toThrow("away");
    away = false;
    expect(await known.find("int_1")).toBe("int_1");
  });

  it("keeps a limited number, and forgets the oldest", async () => {
    let looks = 0;
    const known = createKnownIntegrations(async () => (looks += 1));
    for (let n = 0; n <= 5_000; n += 1) await known.find(`int_${n}`);
    await known.find("int_5000");
    expect(looks).toBe(5_001);
    await known.find("int_0");
    expect(looks).toBe(5_002);
  });
});
