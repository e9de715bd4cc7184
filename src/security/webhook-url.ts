import { isIP } from "node:net";
import type { FieldError } from "../lib/errors.ts";
import type { AddressRules } from "./address-rules.ts";

const maxUrlLength = 2048;
const forbiddenPorts = new Set([0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 53, 69, 110, 111, 119, 135, 137, 139, 143, 161, 389, 445, 465, 512, 513, 514, 587, 993, 995, 1433, 2049, 2375, 2376, 3306, 5432, 6379, 7233, 9200, 11211, 27017]);
const internalNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|cluster\.local|svc)\.?$/i;

/**
 * Checks a URL as a tenant wrote it, before it is stored: the literal text first (URL parsing strips control characters
 * and rewrites odd spellings of addresses), then the parsed parts. Names are resolved and checked again at every
 * connection, by the egress guard.
 */
export function checkWebhookUrl(text: string, rules: AddressRules, options: { allowHttp: boolean }): FieldError[] {
  const fail = (message: string): FieldError[] => [{ path: "/url", message }];
  if (text.length > maxUrlLength) return fail(`must have at most ${maxUrlLength} characters`);
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return fail("must not hold spaces, control characters or backslashes");
  if (!/^https?:\/\/[^/]/i.test(text)) return fail("must be an absolute https:// URL");
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return fail("is not a valid URL");
  }
  if (url.username !== "" || url.password !== "") return fail("must not hold a user name or password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const literal = isIP(host) !== 0;
  const allowedPrivate = literal && rules.allows(host);
  const loopbackName = /^localhost\.?$/i.test(host) && rules.allows("127.0.0.1");
  if (url.protocol === "http:" && !options.allowHttp) return fail("must use https");
  if (url.port !== "" && forbiddenPorts.has(Number(url.port))) return fail(`port ${url.port} is not allowed`);
  if (literal && !allowedPrivate) return fail("points to an address that is not public");
  if (!literal && !loopbackName && (internalNames.test(host) || !host.includes("."))) return fail("points to a name that is not public");
  return [];
}
