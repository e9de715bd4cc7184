import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WebhookFormatError } from "./contract.ts";
import { cleanId, readFields, readJson, readObject } from "./webhook-body.ts";

describe("JSON that a vendor signed", () => {
  it("is read as the parser reads it", () => {
    fc.assert(fc.property(fc.json({ maxDepth: 20 }), (text) => {
      fc.pre(!/\d{16}/.test(text));
      try {
        expect(readJson(text)).toEqual(JSON.parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(WebhookFormatError);
        expect(text).toMatch(/__proto__|prototype/);
      }
    }), { numRuns: 2_000 });
  });

  it("keeps integers to the last digit, and leaves other numbers alone", () => {
    const { id, negative, small, ratio, texts } = readObject('{"id":9007199254740993,"negative":-12345678901234567890,"small":9007199254740991,"ratio":0.1234567890123456,"texts":["1234567890123456"]}');
    expect([id, negative, small, ratio, texts]).toEqual(["9007199254740993", "-12345678901234567890", 9007199254740991, 0.1234567890123456, ["1234567890123456"]]);
    expect(readFields(cleanId, id)).toBe("9007199254740993");
    expect(readFields(cleanId, readJson("17"))).toBe("17");
    expect(() => readFields(cleanId, readJson("1e400"))).toThrow(WebhookFormatError);
    expect(() => readFields(cleanId, readJson("1.5"))).toThrow(WebhookFormatError);
  });

  it.each([
    '{"type":"a","type":"b"}', '{"a":{"b":1,"b":1}}', '[{"a":1,"\\u0061":2}]', '{"a\\"":1,"a\\"":":"}', '{"":1,"":2}',
    '{"__proto__":{"type":"a"}}', '{"a":{"\\u005f_proto__":1}}', '{"constructor":{"prototype":{}}}',
  ])("is refused where two readers could read it differently: %s", (text) => {
    expect(() => readJson(text)).toThrow(WebhookFormatError);
  });

  it.each(['{"a":"b\\"","c":":"}', '{"a\\\\":1,"b":"\\\\"}', '{"constructor":"x"}', '[":",":"]', '{"a":[{"b":1},{"b":1}]}', "{}", "3"])("is read where names only look alike: %s", (text) => {
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it("may be 64 levels deep and no deeper", () => {
    const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(readJson(nested(64))).toEqual(JSON.parse(nested(64)));
    for (const levels of [65, 100_000]) expect(() => readJson(nested(levels))).toThrow(WebhookFormatError);
  });

  it("must be UTF-8 without a mark in front", () => {
    for (const bytes of [Buffer.from([0x22, 0xff, 0x22]), Buffer.from("\ufeff{}"), Buffer.from("{}", "utf16le"), Buffer.from("{}\0")]) expect(() => readJson(bytes)).toThrow(WebhookFormatError);
  });
});
