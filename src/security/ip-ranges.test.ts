import { describe, expect, test } from "vitest";
import { isAddressRange, isInside } from "./ip-ranges.ts";

describe("what may stand in a list", () => {
  test.each(["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0", "10.0.0.1/32", "::1", "2001:db8::/32", "::/0", "2001:db8::1/128", "::ffff:192.0.2.1"])("%s", (text) => expect(isAddressRange(text)).toBe(true));
  test.each([
    "", "host", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/1e1", "2001:db8::/129", "fe80::1%eth0",
    "256.0.0.1", "10.0.0", " 10.0.0.1", "*", "10.0.0.0-10.0.0.9",
  ])("not %j", (text) => expect(isAddressRange(text)).toBe(false));
});

test.each<[string, string, string, string, string]>([
  // range, first, last, one before, one after
  ["203.0.113.0/24", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["203.0.113.77/24", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["198.51.100.8/29", "198.51.100.8", "198.51.100.15", "198.51.100.7", "198.51.100.16"],
  ["198.51.100.8", "198.51.100.8", "198.51.100.8", "198.51.100.7", "198.51.100.9"],
  ["2001:db8:a::/48", "2001:db8:a::", "2001:db8:a:ffff:ffff:ffff:ffff:ffff", "2001:db8:9:ffff:ffff:ffff:ffff:ffff", "2001:db8:b::"],
  ["2001:db8::8/125", "2001:db8::8", "2001:db8::f", "2001:db8::7", "2001:db8::10"],
  ["2001:db8::8", "2001:db8::8", "2001:db8:0::0008", "2001:db8::7", "2001:db8::9"],
  ["::ffff:198.51.100.0/120", "198.51.100.0", "::ffff:198.51.100.255", "198.51.99.255", "198.51.101.0"],
])("%s holds its first and its last address and neither neighbour", (range, first, last, before, after) => {
  expect([first, last, before, after].map((ip) => isInside(ip, [range]))).toEqual([true, true, false, false]);
});

test("an IPv4 peer that comes as IPv6 is the IPv4 address; other IPv6 addresses never match IPv4 ranges", () => {
  for (const ip of ["::ffff:203.0.113.7", "::ffff:cb00:7107", "0:0:0:0:0:ffff:203.0.113.7"]) expect(isInside(ip, ["203.0.113.0/24"]), ip).toBe(true);
  for (const ip of ["::ffff:203.0.114.0", "2001:db8::1", "64:ff9b::cb00:7107", "::1"]) expect(isInside(ip, ["203.0.113.0/24"]), ip).toBe(false);
  expect(isInside("203.0.113.7", ["::/0"])).toBe(false);
  expect(isInside("2001:db8::1", ["0.0.0.0/0"])).toBe(false);
});

test("nothing is inside an empty list, and what is no address is nowhere", () => {
  expect(isInside("203.0.113.7", [])).toBe(false);
  for (const ip of ["", "unknown", "203.0.113", "203.0.113.7, 10.0.0.1"]) expect(isInside(ip, ["0.0.0.0/0", "::/0"]), ip).toBe(false);
});
