import { expect, it } from "vitest";
import { createAddressRules } from "./address-rules.ts";

const rules = createAddressRules([]);

it.each(["172.32.0.1", "172.15.255.255", "8.8.8.8", "1.1.1.1", "100.128.0.1", "198.20.0.1", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"])("%s is public", (address) => {
  expect(rules.allows(address)).toBe(true);
});

it.each([
  "::7f00:1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8", "2002:808:808::1", "2001::1", "2001:0:808:808::1", "fec0::1", "feff::1", "3fff:fff::1",
  "5f00::1", "2001:10::1", "2001:2f:ffff::1", "2001:2::1", "100::1", "1::1", "4000::1", "fe80::1%eth0", "192.88.99.255", "198.19.255.255", "0.0.0.1", "255.255.255.255", "168.63.129.16", "",
  "localhost", "127.0.0.1:80", "[::1]",
])("%s is not public", (address) => {
  expect(rules.allows(address)).toBe(false);
});
