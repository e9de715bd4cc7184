import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpointWants } from "./endpoint-match.ts";
import { checkFilter, matchesFilter, type Filter } from "./filter.ts";

const event = { type: "payment.failed", data: { amount: { value: 100, currency: "EUR" }, tags: ["a", "b"], urgent: true, note: null, "odd key": 1, at: "2026-11-24T09:00:00Z" } };

describe("a filter", () => {
  const cases: [Filter, boolean][] = [
    [{}, true],
    [{ type: "payment.failed" }, true],
    [{ type: { $startsWith: "payment." } }, true],
    [{ type: { $endsWith: ".paid" } }, false],
    [{ "data.amount.value": 100 }, true],
    [{ "data.amount.value": "100" }, false],
    [{ "data.amount.value": { $gte: 100, $lt: 101 } }, true],
    [{ "data.amount.value": { $gt: 100 } }, false],
    [{ "data.amount.value": { $lte: "200" } }, false],
    [{ "data.at": { $gt: "2026-01-01" } }, true],
    [{ "data.amount.currency": { $in: ["EUR", "USD"] } }, true],
    [{ "data.amount.currency": { $nin: ["EUR"] } }, false],
    [{ "data.absent": { $ne: 1 } }, true],
    [{ "data.absent": { $nin: [1] } }, true],
    [{ "data.absent": null }, false],
    [{ "data.note": null }, true],
    [{ "data.note": { $exists: true } }, true],
    [{ "data.absent": { $exists: false } }, true],
    [{ "data.tags.1": "b" }, true],
    [{ "data.tags.length": { $exists: true } }, false],
    [{ "data.constructor": { $exists: true } }, false],
    [{ "data.odd key": 1 }, true],
    [{ "data.urgent": true, type: "other.type" }, false],
    [{ $or: [{ type: "other.type" }, { "data.urgent": true }] }, true],
    [{ $and: [{ type: "payment.failed" }, { "data.urgent": false }] }, false],
    [{ $not: { "data.urgent": true } }, false],
  ];
  test.each(cases)("%j is %j", (filter, expected) => {
    expect(checkFilter(filter)).toEqual([]);
    expect(matchesFilter(filter, event)).toBe(expected);
  });

  const nested = (depth: number): Filter => (depth === 1 ? { type: "a.b" } : { $not: nested(depth - 1) });
  const wrong: [unknown, string][] = [
    [null, "/filter"],
    [[], "/filter"],
    [{ data: 1 }, "/filter/data"],
    [{ "data.": 1 }, "/filter/data."],
    [{ "data..a": 1 }, "/filter/data..a"],
    [{ other: 1 }, "/filter/other"],
    [{ "a/b~c": 1 }, "/filter/a~1b~0c"],
    [{ "data.a": {} }, "/filter/data.a"],
    [{ "data.a": [1] }, "/filter/data.a"],
    [{ "data.a": { $regex: ".*" } }, "/filter/data.a/$regex"],
    [{ "data.a": { constructor: 1 } }, "/filter/data.a/constructor"],
    [{ "data.a": { $gt: true } }, "/filter/data.a/$gt"],
    [{ "data.a": { $in: [] } }, "/filter/data.a/$in"],
    [{ "data.a": { $in: [{}] } }, "/filter/data.a/$in"],
    [{ "data.a": { $exists: 1 } }, "/filter/data.a/$exists"],
    [{ "data.a": { $startsWith: 1 } }, "/filter/data.a/$startsWith"],
    [{ "data.a": "x".repeat(1025) }, "/filter/data.a"],
    [{ $where: "1" }, "/filter/$where"],
    [{ $and: [] }, "/filter/$and"],
    [{ $or: [{ type: "a.b" }, { bad: 1 }] }, "/filter/$or/1/bad"],
    [{ $not: { bad: 1 } }, "/filter/$not/bad"],
    [nested(7), `/filter${"/$not".repeat(6)}`],
    [Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`data.f${index}`, 1])), "/filter"],
  ];
  test.each(wrong)("%j is refused", (filter, path) => {
    expect(checkFilter(filter).map((error) => error.path)).toEqual([path]);
  });

  test("of six levels and fifty conditions is allowed", () => {
    expect(checkFilter(nested(6))).toEqual([]);
    expect(checkFilter(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`data.f${index}`, 1])))).toEqual([]);
  });
});

const scalar = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
const path = fc.constantFrom("type", "data.a", "data.b.c", "data.l.0", "data.__proto__", "data.toString");
const condition = fc.oneof(
  scalar,
  scalar.map((value) => ({ $eq: value })),
  scalar.map((value) => ({ $ne: value })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((list) => ({ $nin: list })),
  fc.integer().map((value) => ({ $gte: value })),
  fc.string().map((value) => ({ $startsWith: value })),
  fc.boolean().map((value) => ({ $exists: value })),
);
const { filter: anyFilter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(path, condition).map(([key, value]) => ({ [key]: value })),
    fc.array(tie("filter"), { minLength: 1, maxLength: 2 }).map((list) => ({ $and: list })),
    fc.array(tie("filter"), { minLength: 1, maxLength: 2 }).map((list) => ({ $or: list })),
    tie("filter").map((inner) => ({ $not: inner })),
  ),
}));
const anyEvent = fc.record({ type: fc.string(), data: fc.oneof(fc.jsonValue(), fc.record({ a: scalar, b: fc.record({ c: scalar }), l: fc.array(scalar) })) });

describe("any filter", () => {
  test("that was accepted gives an answer for any event, and $not the other one", () => {
    fc.assert(fc.property(anyFilter, anyEvent, (filter, one) => {
      fc.pre(checkFilter(filter).length === 0);
      expect(matchesFilter({ $not: filter }, one)).toBe(!matchesFilter(filter, one));
    }));
  });

  test("obeys De Morgan, and survives storage", () => {
    fc.assert(fc.property(anyFilter, anyFilter, anyEvent, (a, b, one) => {
      expect(matchesFilter({ $not: { $or: [a, b] } }, one)).toBe(matchesFilter({ $and: [{ $not: a }, { $not: b }] }, one));
      expect(matchesFilter(JSON.parse(JSON.stringify(a)), one)).toBe(matchesFilter(a, one));
    }));
  });

  test("whatever it is, is checked without an exception, and its faults lie within it", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      for (const error of checkFilter(value)) expect(error.path).toMatch(/^\/filter/);
    }));
  });
});

describe("an endpoint wants an event", () => {
  const all = { eventTypes: [], channels: [], filter: null };
  const one = { type: "payment.failed", channels: ["berlin", "paris"], data: { n: 1 } };
  test.each([
    [all, true],
    [{ ...all, eventTypes: ["payment.failed"] }, true],
    [{ ...all, eventTypes: ["payment.*"] }, true],
    [{ ...all, eventTypes: ["*"] }, true],
    [{ ...all, eventTypes: ["pay.*", "payment"] }, false],
    [{ ...all, channels: ["paris"] }, true],
    [{ ...all, channels: ["rome"] }, false],
    [{ ...all, filter: { "data.n": 1 } }, true],
    [{ ...all, filter: { "data.n": 2 } }, false],
    [{ eventTypes: ["payment.*"], channels: ["rome"], filter: { "data.n": 1 } }, false],
  ])("%j: %j", (endpoint, expected) => {
    expect(endpointWants(endpoint, one)).toBe(expected);
  });

  test("without channels only if it names none itself", () => {
    expect(endpointWants({ ...all, channels: ["paris"] }, { ...one, channels: [] })).toBe(false);
  });
});
