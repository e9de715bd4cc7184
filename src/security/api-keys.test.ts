import fc from "fast-check";
import { expect, it } from "vitest";
import { allows, describeApiKey, generateApiKey } from "./api-keys.ts";

it("A6 knows its own keys and refuses every altered one without a look at the database", () => {
  const key = generateApiKey();
  expect(describeApiKey(key.secret)).toEqual(key);
  fc.assert(
    fc.property(fc.nat(key.secret.length - 1), fc.constantFrom("a", "b", "c", "X", "Y", "Z", "0", "1", "9", "_"), (at, character) => {
      const altered = key.secret.slice(0, at) + character + key.secret.slice(at + 1);
      return altered === key.secret || describeApiKey(altered) === undefined;
    }),
    { numRuns: 5_000 },
  );
  fc.assert(fc.property(fc.string(), (text) => describeApiKey(text) === undefined));
});

it("A6 makes keys that never repeat", () => {
  const keys = Array.from({ length: 2_000 }, () => generateApiKey());
  expect(new Set(keys.map((key) => key.secret)).size).toBe(2_000);
  expect(new Set(keys.map((key) => key.prefix)).size).toBe(2_000);
});

it("A6 lets write include read, and nothing else include anything", () => {
  expect(allows(["*"], "codec:decode")).toBe(true);
  expect(allows(["events:write"], "events:read")).toBe(true);
  expect(allows(["events:read"], "events:write")).toBe(false);
  expect(allows(["events:write"], "deliveries:read")).toBe(false);
  expect(allows([], "events:read")).toBe(false);
});
