import { expect, it } from "vitest";
import { TypeID } from "typeid-js";
import { isId, newId } from "./ids.ts";

it("makes TypeIDs of version 7 UUIDs that hold the time of their making", () => {
  const before = Date.now();
  for (let n = 0; n < 2_000; n += 1) {
    const id = newId("dlv");
    const uuid = TypeID.fromString(id).toUUID();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const ms = Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now() + 10);
    expect(isId("dlv", id)).toBe(true);
  }
});

it("sorts ids in the order of their making, and repeats none", () => {
  const made = Array.from({ length: 50_000 }, () => newId("evt"));
  expect(made).toEqual(made.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(made).size).toBe(made.length);
});

it("takes no other shape for an id", () => {
  for (const text of ["dlv_", "evt_01jdmz8v5ye2f9m4r6sgk3x7qa", "dlv_81jdmz8v5ye2f9m4r6sgk3x7qa", "dlv_01jdmz8v5ye2f9m4r6sgk3x7q", "dlv_01JDMZ8V5YE2F9M4R6SGK3X7QA", "dlv_01idmz8v5ye2f9m4r6sgk3x7qa"]) {
    expect(isId("dlv", text), text).toBe(false);
  }
});
