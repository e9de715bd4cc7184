import type { LookupAddress } from "node:dns";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { refusedUrls } from "../../test/support/ssrf-table.ts";
import { createAddressRules } from "./address-rules.ts";
import { createGuardedDispatcher, type GuardedDispatcher, type GuardOptions, type LookupAll } from "./egress-guard.ts";
import { guardedPost } from "./guarded-post.ts";

let canary: Server;
let port = 0;
let hits = 0;
let dispatcher: GuardedDispatcher;

beforeAll(async () => {
  canary = createServer((request, response) => {
    hits += 1;
    request.resume();
    response.setHeader("x-socket", String(request.socket.remotePort));
    response.end("reached");
  });
  await new Promise<void>((done) => canary.listen(0, "::", done));
  port = (canary.address() as AddressInfo).port;
});
afterAll(() => void canary.close());
beforeEach(() => {
  hits = 0;
});
afterEach(() => dispatcher?.destroy());

function guard(cidrs: string[] = [], options: Partial<GuardOptions> = {}): void {
  dispatcher = createGuardedDispatcher(createAddressRules(cidrs), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1, ...options });
}

/** What the n-th look-up answers; the last answer is given again and again. */
function answers(...replies: (string[] | Error)[]): { lookup: LookupAll; count: () => number } {
  let asked = 0;
  const lookup: LookupAll = (_name, _options, callback) => {
    const reply = replies[Math.min(asked, replies.length - 1)] ?? [];
    asked += 1;
    setImmediate(() => {
      if (reply instanceof Error) return callback(reply, []);
      callback(null, reply.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 })));
    });
  };
  return { lookup, count: () => asked };
}

async function post(url: string, timeoutMs = 2_000): Promise<{ text: string; socket: unknown }> {
  const answer = await guardedPost(dispatcher, url, { headers: {}, body: "{}", timeoutMs, keepBytes: 8192, readBytes: 131_072 });
  return { text: answer.body.toString("utf8"), socket: answer.headers["x-socket"] };
}

const blocked = { code: "EGRESS_BLOCKED" };

describe("literal addresses", () => {
  const literal = refusedUrls.filter((one) => one.blockedAtConnect && one.url.endsWith("/"));
  test.each(literal)("$id never connects to $shown", async ({ url }) => {
    guard([], { lookup: answers(["127.0.0.1"]).lookup });
    const parsed = new URL(url);
    if (parsed.port === "") parsed.port = String(port);
    await expect(post(parsed.href)).rejects.toMatchObject(blocked);
    expect(hits).toBe(0);
  });

  it("connects to an allowed private address, also by a name that resolves to it", async () => {
    guard(["127.0.0.0/8", "::1/128"]);
    for (const host of ["127.0.0.1", "localhost"]) expect((await post(`http://${host}:${port}/`)).text).toBe("reached");
  });

  it("S90 never connects to a forbidden port, even of an allowed address", async () => {
    guard(["127.0.0.0/8"]);
    await expect(post("http://127.0.0.1:7233/")).rejects.toMatchObject(blocked);
  });
});

describe("names", () => {
  test.each([
    ["S94 that resolve to 127.0.0.1", ["127.0.0.1"]],
    ["S95 with a public A and a private AAAA record", ["93.184.215.14", "::1"]],
    ["S96 with two A records, one private", ["93.184.215.14", "10.0.0.1"]],
    ["S96 in the other order", ["10.0.0.1", "93.184.215.14"]],
    ["S101 that are a CNAME of an internal name", ["169.254.169.254"]],
    ["S103 with 4,096 addresses, the last one private", [...Array.from({ length: 4_095 }, (_, n) => `93.184.${n >> 8}.${n & 255}`), "127.0.0.1"]],
    ["with an IPv4-mapped address", ["::ffff:127.0.0.1"]],
    ["with an IPv4-compatible address, as resolvers write it", ["::127.0.0.1"]],
    ["with a zone", ["fe80::1%lo"]],
    ["without addresses", []],
    ["with something that is no address", ["localhost"]],
  ])("%s are blocked", async (_what, addresses) => {
    guard([], { lookup: answers(addresses).lookup });
    await expect(post(`http://hooks.example.com:${port}/`)).rejects.toMatchObject(blocked);
    expect(hits).toBe(0);
  });

  it("S97 S99 are looked up for every connection: a name that turns private is blocked", async () => {
    const dns = answers(["127.0.0.2"], ["127.0.0.1"]);
    guard(["127.0.0.2/32"], { lookup: dns.lookup });
    expect((await post(`http://hooks.example.com:${port}/`)).text).toBe("reached");
    canary.closeAllConnections();
    await expect.poll(() => post(`http://hooks.example.com:${port}/`).then(() => null, (error: { code?: string }) => error.code)).toBe("EGRESS_BLOCKED");
    expect(hits).toBe(1);
    expect(dns.count()).toBeGreaterThan(1);
  });

  it("S98 are connected to at the address that was checked, without a second look-up", async () => {
    const dns = answers(["127.0.0.2"], ["127.0.0.1"]);
    guard(["127.0.0.2/32"], { lookup: dns.lookup });
    await post(`http://hooks.example.com:${port}/`);
    expect(dns.count()).toBe(1);
  });

  it("S100 keep their connection to the checked address, whatever they resolve to later", async () => {
    const dns = answers(["127.0.0.2"], ["127.0.0.1"]);
    guard(["127.0.0.2/32"], { lookup: dns.lookup });
    const sockets = [await post(`http://hooks.example.com:${port}/`), await post(`http://hooks.example.com:${port}/`)].map(({ socket }) => socket);
    expect(sockets[0]).toBe(sockets[1]);
    expect(dns.count()).toBe(1);
  });

  it("S102 that cannot be resolved are a failed connection", async () => {
    guard([], { lookup: answers(Object.assign(new Error("loop"), { code: "ESERVFAIL" })).lookup });
    await expect(post(`http://hooks.example.com:${port}/`)).rejects.toMatchObject({ code: "ESERVFAIL" });
  });

  it("S104 fail when the resolver is silent, even if it answers later", async () => {
    let late: (() => void) | undefined;
    const lookup: LookupAll = (_name, _options, callback) => {
      late = () => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    guard([], { lookup, lookupTimeoutMs: 100, connectTimeoutMs: 5_000 });
    await expect(post(`http://hooks.example.com:${port}/`)).rejects.toMatchObject({ code: "DNS_TIMEOUT" });
    late?.();
    expect(hits).toBe(0);
  });
});

it("S113 S114 takes neither a proxy of the environment nor a socket path", async () => {
  const before = { ...process.env };
  Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${port}`, http_proxy: `http://127.0.0.1:${port}`, NO_PROXY: "", NODE_USE_ENV_PROXY: "1" });
  try {
    guard([], { socketPath: "/run/docker.sock" } as Partial<GuardOptions>);
    await expect(post("http://10.0.0.1/")).rejects.toMatchObject(blocked);
    guard(["127.0.0.2/32"], { socketPath: "/run/docker.sock" } as Partial<GuardOptions>);
    expect((await post(`http://127.0.0.2:${port}/`)).text).toBe("reached");
    expect(hits).toBe(1);
  } finally {
    process.env = before;
  }
});
