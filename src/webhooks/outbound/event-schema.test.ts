import { describe, expect, test } from "vitest";
import { checkSchema, compileSchema, type JsonSchema } from "./event-schema.ts";
import { isSafePattern } from "./safe-pattern.ts";

const nested = (depth: number): JsonSchema => (depth === 0 ? {} : { not: nested(depth - 1) });
const doubling = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`d${n}`, n === 19 ? { type: "string" } : { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] }]));

describe("a schema", () => {
  const wrong: [string, JsonSchema, string][] = [
    ["another dialect", { $schema: "https://json-schema.org/draft/2019-09/schema" }, "/schema/$schema"],
    ["an unknown type", { properties: { a: { type: "text" } } }, "/schema/properties/a/type"],
    ["a remote reference", { $ref: "https://example.com/schema" }, "/schema/$ref"],
    ["a reference to a file", { properties: { a: { $ref: "other.json#/a" } } }, "/schema/properties/a/$ref"],
    ["a reference to nothing", { $ref: "#/$defs/none" }, "/schema/$ref"],
    ["a reference into a prototype", { $ref: "#/constructor" }, "/schema/$ref"],
    ["recursion", { properties: { child: { $ref: "#" } } }, "/schema/properties/child/$ref"],
    ["a loop of references", { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, "/schema/$defs/b/$ref"],
    ["exponential growth", { $defs: doubling, $ref: "#/$defs/d0" }, "/schema"],
    ["an anchor", { $defs: { a: { $anchor: "x" } } }, "/schema/$defs/a/$anchor"],
    ["an inner id", { $defs: { a: { $id: "https://example.com/a" } } }, "/schema/$defs/a/$id"],
    ["asynchronous checks", { $async: true }, "/schema/$async"],
    ["a catastrophic pattern", { properties: { a: { pattern: "^(a+)+$" } } }, "/schema/properties/a/pattern"],
    ["a catastrophic pattern property", { patternProperties: { "(a|a)*b": {} } }, "/schema/patternProperties/(a|a)*b"],
    ["uniqueItems without bound", { properties: { a: { uniqueItems: true } } }, "/schema/properties/a/uniqueItems"],
    ["deep nesting", nested(33), "/schema"],
    ["size", { description: "x".repeat(65_536) }, "/schema"],
  ];
  test.each(wrong)("is refused for %s", (_name, schema, path) => {
    const errors = checkSchema(schema);
    expect(errors.map((error) => error.path), JSON.stringify(errors)).toContain(path);
  });

  test.each<[string, JsonSchema]>([
    ["2020-12", { $schema: "https://json-schema.org/draft/2020-12/schema", $id: "https://example.com/a", prefixItems: [{ type: "string" }], unevaluatedProperties: false }],
    ["draft-07", { $schema: "http://json-schema.org/draft-07/schema#", definitions: { a: { type: "string" } }, properties: { a: { $ref: "#/definitions/a" } }, dependencies: { a: ["b"] }, items: [{ type: "string" }] }],
    ["unknown keywords and formats", { "x-note": 1, properties: { $ref: { type: "string" }, const: { type: "string", format: "e-mail" } } }],
    ["the same part used twice", { $defs: { address: { type: "object" } }, properties: { from: { $ref: "#/$defs/address" }, to: { $ref: "#/$defs/address" } } }],
    ["a thousand fields", { properties: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`f${n}`, { type: "string", pattern: "^a" }])) }],
    ["data that looks like a reference", { const: { $ref: "https://example.com" }, enum: [{ $async: true }] }],
  ])("is accepted: %s", (_name, schema) => {
    expect(checkSchema(schema)).toEqual([]);
  });
});

describe("a payload's first fault", () => {
  const check = compileSchema({
    type: "object", required: ["id"], additionalProperties: false,
    properties: { id: { type: "string" }, "a/b": { type: "object", properties: { n: { minimum: 1 } } }, list: { items: { enum: ["x"] } } },
  });
  test.each<[unknown, string | undefined]>([
    [{ id: "1", "a/b": { n: 1 }, list: ["x"] }, undefined],
    [{}, "/id"],
    [{ id: 1 }, "/id"],
    [{ id: "1", more: 1 }, "/more"],
    [{ id: "1", "a/b": { n: 0 } }, "/a~1b/n"],
    [{ id: "1", list: ["x", "y"] }, "/list/1"],
  ])("%j: %j", (payload, path) => {
    expect(check(payload)?.path).toBe(path);
  });

  test("in draft-07 as well", () => {
    const old = compileSchema({ $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }], additionalItems: false });
    expect(old(["a"])).toBeUndefined();
    expect(old(["a", 1])).toBeDefined();
  });
});

describe("a pattern", () => {
  test("that takes too long refuses the payload within a second", () => {
    const check = compileSchema({ properties: { text: { pattern: "^a*a*a*a*b$" }, list: { items: { pattern: "a*a*a*a*b" } } } });
    const started = performance.now();
    expect(check({ text: "a".repeat(100_000) })).toMatchObject({ path: "", message: expect.stringContaining("too long") });
    expect(check({ list: Array.from({ length: 10_000 }, () => "a".repeat(64)) })).toBeDefined();
    expect(performance.now() - started).toBeLessThan(1500);
    expect(check({ text: "aab" })).toBeUndefined();
    expect(check({ text: "aac" })?.path).toBe("/text");
  });

  test.each(["^[a-z]+$", "^\\d{4}-\\d{2}$", "(foo|bar)baz", "^(ab)+$", "a?b*", "[(+]+", "^\\((a)\\)+$", "(?:ab)?", "(?<year>\\d\\d)"])("is safe: %s", (pattern) => {
    expect(isSafePattern(pattern)).toBe(true);
  });
  test.each(["(a+)+", "(a*)*b", "((a+)b)*", "(a|b)+", "(.*)\\1", "(?<x>a)\\k<x>", "(a{2,})+", "(", "a".repeat(201)])("is refused: %s", (pattern) => {
    expect(isSafePattern(pattern)).toBe(false);
  });
});
