import { isIP } from "node:net";

/** URLs that no endpoint may have, numbered as one table. Names resolve to 127.0.0.1 where a test resolves them. */
export interface RefusedUrl {
  id: string;
  url: string;
  /** For a test's name. */
  shown: string;
  /** What the connector must say as well, should the URL have got past the check: it is refused for more than how it is written. */
  blockedAtConnect: boolean;
}

const hosts: Record<number, string> = {
  // Loopback, in every spelling that a URL parser takes.
  1: "127.0.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.1 127.0.1 127.255.255.254 127.0.0.1.",
  11: "0 0.0.0.0 0.1.2.3 localhost localhost. LOCALHOST foo.localhost ⓛocalhost",
  19: "①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127%2e0%2e0%2e1 %31%32%37.0.0.1 127.0.0.1%00.example.com",
  25: "[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%25eth0]",
  37: "[fe80::1] [febf::1] [fc00::1] [fd7a:115c:a1e0::1] [fec0::1] [ff02::1] [100::1] [2001:db8::1] [3fff::1] [5f00::1] [2001:20::1]",
  // Cloud metadata.
  48: "169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [fd00:ec2::254] 100.100.100.200 168.63.129.16 192.0.0.192",
  // Private and reserved ranges; the last two share a number.
  59: "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 192.88.99.1 224.0.0.1 240.0.0.1",
  70: "255.255.255.255",
};

const unresolvable = new Set(["127.0.0.1%00.example.com", "[fe80::1%25eth0]"]);

const label = (number: number): string => `S${String(number).padStart(2, "0")}`;

const shown = (url: string): string => JSON.stringify(url).slice(0, 80);

const written = (id: string, url: string, blockedAtConnect = false): RefusedUrl => ({ id, url, shown: shown(url), blockedAtConnect });

const byHost = Object.entries(hosts).flatMap(([first, list]) =>
  list.split(" ").map((host, index): RefusedUrl => written(label(Number(first) + index), `http://${host}/`, !unresolvable.has(host))),
);

const byText: RefusedUrl[] = [
  written("S71", "http://ok.test@127.0.0.1/", true), written("S72", "http://127.0.0.1@ok.test/"), written("S72", "https://@ok.example.com/"), written("S73", "http://127.0.0.1\\@ok.test/", true),
  written("S74", "http://ok.test\\@127.0.0.1/"), written("S75", "http://127.0.0.1#@ok.test/", true), written("S76", "http:127.0.0.1/", true), written("S77", "http:///127.0.0.1/", true),
  written("S78", "http:\\\\127.0.0.1\\", true), written("S79", "  http://127.0.0.1/", true), written("S79", "http://127.0.0.1/ ", true), written("S80", "http://127.0\t.0.1/", true),
  written("S80", "http://127.0.0.1\r\n/", true), written("S80", "http://127.0.0.1\u0000/"), written("S80", "https://exa\u00admple.com/"), written("S80", "https://example.com/\u2028"),
  written("S81", "file:///etc/passwd"), written("S82", "ftp://example.com/"), written("S83", "gopher://example.com/"), written("S84", "data:text/plain,x"), written("S85", "javascript:alert(1)"),
  written("S86", "ws://example.com/"), written("S87", "blob:https://example.com/1"), written("S88", "unix:/run/docker.sock"), written("S88", "http+unix://%2Frun%2Fdocker.sock/"),
  ...[0, 22, 25, 5432, 6379, 7233].map((port) => written("S90", `http://example.com:${port}/`)), written("S90", "http://example.com:65536/"), written("S90", "http://example.com:80:80/"),
  ...[5432, 6379, 7233].map((port) => written("S90", `http://127.0.0.1:${port}/`, true)), written("S118", `https://example.com/${"x".repeat(2048)}`), written("S118", `https://example.com/${"é".repeat(1000)}`),
];

const byName: RefusedUrl[] = [
  ["S91", "metadata.google.internal"], ["S92", "a.internal"], ["S92", "printer.local"], ["S92", "a.svc.cluster.local"], ["S93", "postgres"],
].map(([id = "", host = ""]) => written(id, `http://${host}/`, true));

export const refusedUrls: readonly RefusedUrl[] = [...byHost, ...byName, ...byText];

/** Nothing to connect to: no http, or no URL at all. */
export function isUnsendable(url: string): boolean {
  return !/^https?:$/.test(URL.parse(url)?.protocol ?? "");
}

/** The host of a URL that is a name, which a test has to make resolvable. */
export function nameIn(url: string): string | null {
  const host = isUnsendable(url) ? "" : new URL(url).hostname;
  return host === "" || isIP(host.replace(/^\[|\]$/g, "")) !== 0 ? null : host;
}

/** The addresses of the table that may be put on an interface, so that a connection that is tried would succeed. */
export const bindableAddresses = [
  "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "192.88.99.1", "169.254.169.254", "100.100.100.200",
  "168.63.129.16", "192.0.0.192", "172.32.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fc00::1", "fd7a:115c:a1e0::1", "fec0::1", "100::1", "2001:db8::1",
  "3fff::1", "5f00::1", "2001:20::1", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "::127.0.0.1",
];
