import { expect, it } from "vitest";
import { expectReadable } from "./readable.ts";

function outcome(headers: Record<string, string | string[]>, accepted?: string[], body = "{}"): string {
  try {
    expectReadable({ method: "POST", url: "https://hooks.example.test/", headers, body: Buffer.from(body) }, accepted);
    return "read";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it.each([
  "application/json", "application/json;", "application/json\t", "APPLICATION/JSON ;charset=utf8", 'application/json; charset="UTF-8"', "application/json; utf-8", "application/json;charset=us-ascii;v=1",
])("a body of the vendor's type is read, however the type is spelt: %j", (type) => {
  expect(outcome({ "content-type": type })).toBe("read");
});

it.each([
  "", "text/plain", "text/xml", "application/xml", "multipart/form-data; boundary=x", "application/jsonp", "application/json, text/plain", "json",
  "application/json; charset=utf-16", "application/json; charset=utf-8; charset=utf-7", 'application/json; charset="iso-8859-1"', "application/json; charset=",
])("any other is not: %j", (type) => {
  expect(outcome({ "content-type": type })).toBe("unsupported_media_type");
});

it("a type that comes twice, or not at all, is none", () => {
  expect(outcome({ "content-type": ["application/json", "application/json"] })).toBe("unsupported_media_type");
  expect(outcome({})).toBe("unsupported_media_type");
});

it("nothing compressed is read", () => {
  for (const encoding of ["gzip", "br", "GZIP", "identity, gzip", "x"]) expect(outcome({ "content-type": "application/json", "content-encoding": encoding })).toBe("unsupported_media_type");
  expect(outcome({ "content-type": "application/json", "content-encoding": "identity" })).toBe("read");
});

it("no body needs no type, and a form is read where the vendor sends forms", () => {
  expect(outcome({ "content-type": "text/plain" }, undefined, "")).toBe("read");
  expect(outcome({ "content-type": "multipart/form-data; boundary=x" }, ["multipart/form-data"])).toBe("read");
  expect(outcome({ "content-type": "application/json" }, ["multipart/form-data"])).toBe("unsupported_media_type");
});
