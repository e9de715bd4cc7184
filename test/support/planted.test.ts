import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { findPlanted } from "./planted.ts";

const text = "söcret/+ 4711=\"x";
const around = (encode: (bytes: Buffer) => string) => [0, 1, 2].flatMap((before) => [0, 1, 2].map((after) => encode(Buffer.concat([randomBytes(before), Buffer.from(text), randomBytes(after)]))));

test("a planted text is found in every form that an encoder leaves it in", () => {
  const hidden = [
    `x${text}x`, JSON.stringify({ text }), `\\x00${Buffer.from(text).toString("hex")}ff`, `https://host/?q=${encodeURIComponent(text)}`, new URLSearchParams({ text }).toString(),
    ...around((bytes) => bytes.toString("base64")), ...around((bytes) => bytes.toString("base64url")),
  ];
  for (const [index, one] of hidden.entries()) expect(findPlanted([{ what: "it", text, kind: "secret" }], [{ name: String(index), bytes: Buffer.from(one) }]), one).toHaveLength(1);
});

test("a text that is not there is not found", () => {
  const places = [{ name: "random", bytes: randomBytes(1_000_000) }, { name: "near", bytes: Buffer.from(`${text.slice(1)} ${text.slice(0, -1)}`) }];
  expect(findPlanted([{ what: "it", text, kind: "secret" }], places)).toEqual([]);
});
