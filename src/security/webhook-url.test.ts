import { describe, expect, it, test } from "vitest";
import { refusedUrls } from "../../test/support/ssrf-table.ts";
import { createAddressRules } from "./address-rules.ts";
import { checkWebhookUrl } from "./webhook-url.ts";

const strict = createAddressRules([]);
const allowed = (url: string, rules = strict, allowHttp = true): boolean => checkWebhookUrl(url, rules, { allowHttp }).length === 0;

test.each(refusedUrls)("$id refuses $shown", ({ url }) => {
  expect(checkWebhookUrl(url, strict, { allowHttp: true })).toEqual([{ path: "/url", message: expect.any(String) }]);
});

describe("a webhook URL", () => {
  it.each([
    "https://example.com", "https://example.com:8443/a?b=c%20d", "HTTPS://Example.COM./hook", "https://münchen.example.de/", "https://a_b.example.com/", "http://172.32.0.1/", "http://8.8.8.8:8080/",
    "https://[2606:4700:4700::1111]/", "https://example.com/a@b", "https://example.com/#x", `https://example.com/${"x".repeat(2000)}`,
  ])("may be %s", (url) => {
    expect(allowed(url)).toBe(true);
  });

  it.each(["https://example..com/", "https://.example.com/", "https://-.com/", "https://example.com../", "http://-/", "http://.../", `https://${"a".repeat(64)}.com/`])("has no host such as %s", (url) => {
    expect(allowed(url)).toBe(false);
  });

  it("S89 is https where plain http is off", () => {
    expect(allowed("http://example.com/", strict, false)).toBe(false);
    expect(allowed("https://example.com/", strict, false)).toBe(true);
  });

  it("may have a private address that the operator listed, and no other", () => {
    const rules = createAddressRules(["127.0.0.2/32", "fd00::/64"]);
    for (const url of ["http://127.0.0.2:18080/", "http://[fd00::1]/", "http://[::ffff:127.0.0.2]/"]) expect(allowed(url, rules), url).toBe(true);
    for (const url of ["http://127.0.0.1/", "http://localhost/", "http://[fd00:0:0:1::1]/", "http://[64:ff9b::7f00:2]/", "http://127.0.0.2:6379/"]) expect(allowed(url, rules), url).toBe(false);
    expect(allowed("http://localhost:18080/", createAddressRules(["127.0.0.0/8"]))).toBe(true);
  });
});
