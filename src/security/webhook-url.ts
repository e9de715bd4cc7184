import { isIP } from "node:net";
import type { FieldError } from "../lib/errors.ts";
import type { AddressRules } from "./address-rules.ts";

const maxUrlLength = 2048;

// What browsers refuse (https://fetch.spec.whatwg.org/#port-blocking), and where databases, brokers, caches, container
// engines and Temporal listen: they may take a POST for commands.
const forbiddenPorts = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
  445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659,
  4045, 4190, 5060, 5061, 5432, 5672, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7233, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 27017,
]);
const internalNames = /(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home|corp|svc|onion|home\.arpa)\.?$/;
const hostName = /^(?=.{1,254}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/;

/** `port` as in a parsed URL: empty means the scheme's own. */
export function isPortAllowed(port: string): boolean {
  return port === "" || !forbiddenPorts.has(Number(port));
}

/**
 * Checks a URL as a tenant wrote it, before it is stored: the literal text first (URL parsing strips control characters
 * and rewrites odd spellings of addresses), then the parsed parts. Names are resolved and checked again at every
 * connection, by the egress guard.
 */
export function checkWebhookUrl(text: string, rules: AddressRules, options: { allowHttp: boolean }): FieldError[] {
  const fault = faultOfText(text) ?? faultOfParts(text, rules, options);
  return fault === undefined ? [] : [{ path: "/url", message: fault }];
}

function faultOfText(text: string): string | undefined {
  if (text.length > maxUrlLength) return `must have at most ${maxUrlLength} characters`;
  // Of every kind: separators, format characters and lone surrogates too.
  if (/[\p{C}\p{Z}\\]/u.test(text)) return "must not hold spaces, control characters or backslashes";
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (authority === undefined) return "must be an absolute https:// URL";
  // Even an empty one, as in https://@example.com.
  if (authority.includes("@")) return "must not hold a user name or password";
  if (authority.includes("%")) return "must not hold percent signs in its host";
  return undefined;
}

function faultOfParts(text: string, rules: AddressRules, options: { allowHttp: boolean }): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "is not a valid URL";
  if (url.href.length > maxUrlLength) return `must have at most ${maxUrlLength} characters`;
  if (url.protocol === "http:" && !options.allowHttp) return "must use https";
  if (!isPortAllowed(url.port)) return `port ${url.port} is not allowed`;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return rules.allows(host) ? undefined : "points to an address that is not public";
  if (/^localhost\.?$/.test(host) && rules.allows("127.0.0.1")) return undefined;
  return internalNames.test(host) || !hostName.test(host) ? "points to a name that is not public" : undefined;
}
