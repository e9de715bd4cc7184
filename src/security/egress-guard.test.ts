import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAddressRules } from "./address-rules.ts";
import { createGuardedDispatcher } from "./egress-guard.ts";

let canary: Server;
let port = 0;
let hits = 0;

beforeAll(async () => {
  canary = createServer((_request, response) => {
    hits += 1;
    response.end("reached");
  });
  await new Promise<void>((done) => canary.listen(0, "127.0.0.1", done));
  port = (canary.address() as AddressInfo).port;
});
afterAll(() => void canary.close());

const refused = [
  "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "[::]",
  "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]",
  "168.63.129.16", "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "①②⑦.⓪.⓪.①",
];

it.each(refused)("never connects to http://%s", async (host) => {
  const dispatcher = createGuardedDispatcher(createAddressRules([]), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1 });
  await expect(request(`http://${host}:${port}/`, { dispatcher })).rejects.toMatchObject({ code: "EGRESS_BLOCKED" });
  expect(hits).toBe(0);
  await dispatcher.close();
});

it("connects to an allowed private address, also by a name that resolves to it", async () => {
  const dispatcher = createGuardedDispatcher(createAddressRules(["127.0.0.0/8", "::1/128"]), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1 });
  for (const host of ["127.0.0.1", "localhost"]) {
    const answer = await request(`http://${host}:${port}/`, { dispatcher });
    expect(await answer.body.text()).toBe("reached");
  }
  await dispatcher.close();
});

it("classifies public addresses as public", () => {
  const rules = createAddressRules([]);
  for (const address of ["172.32.0.1", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"]) expect(rules.allows(address)).toBe(true);
});
