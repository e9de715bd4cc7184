import { expect, it } from "vitest";
import { jsonFieldOf } from "./json-field.ts";

const field = (json: string, name = "json") => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${json}\r\n`;
const read = (body: string, contentType = "multipart/form-data; boundary=B") => jsonFieldOf({ method: "POST", url: "https://h.test/", headers: { "content-type": contentType }, body: Buffer.from(body) });

it("finds the field among others, in a URL-encoded form, and as the body itself", () => {
  expect(read(`${field("x", "other")}${field("{}")}--B--\r\n`)).toBe("{}");
  expect(read(`${field("{}")}--B--`)).toBe("{}");
  expect(read("a=1&json=%7B%7D", "application/x-www-form-urlencoded")).toBe("{}");
  expect(read("{}", "application/json")).toBe("{}");
});

it.each([
  ["the field twice", `${field("{}")}${field("{}")}--B--\r\n`],
  ["no end", field("{}")],
  ["something before the first part", `x${field("{}")}--B--\r\n`],
  ["something behind the end", `${field("{}")}--B--\r\nx`],
  ["another field only", `${field("{}", "jsonx")}--B--\r\n`],
  ["more parts than any event has", `${field("x", "a").repeat(30)}${field("{}")}--B--\r\n`],
  ["another boundary", `${field("{}").replaceAll("--B", "--C")}--C--\r\n`],
])("takes a form with %s for none", (_name, body) => {
  expect(read(body)).toBeNull();
});

it("takes a form without a boundary, or with two fields of the name, for none", () => {
  expect(read(`${field("{}")}--B--`, "multipart/form-data")).toBeNull();
  expect(read("json=a&json=b", "application/x-www-form-urlencoded")).toBeNull();
});
