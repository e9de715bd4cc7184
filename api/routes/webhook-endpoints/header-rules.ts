import type { FieldError } from "../../../src/lib/errors.ts";

// RFC 9110 § 5.6.2: a field name is a token.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
const reserved = new Set([
  "content-type", "content-length", "content-encoding", "user-agent", "host", "connection", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive", "cookie", "set-cookie", "forwarded",
  "expect", "via", "x-real-ip", "http2-settings", "accept-encoding",
  // What clouds ask for before they hand out credentials, and what makes a server see another request than was sent.
  "metadata", "metadata-flavor", "x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url",
]);
const reservedBeginnings = ["webhook-", "proxy-", "sec-", "x-amz-", "x-aws-", "x-goog-", "x-google-", "x-ms-", "x-forwarded-"];
const maxHeaders = 20;

/** Custom headers can neither forge what the platform says itself nor change how the request is framed. Faults stand below `at`. */
export function checkHeaders(headers: Record<string, string> | null | undefined, at: string): FieldError[] {
  if (headers === undefined || headers === null) return [];
  const errors: FieldError[] = [];
  const names = Object.keys(headers);
  if (names.length > maxHeaders) errors.push({ path: at, message: `must hold at most ${maxHeaders} headers` });
  const seen = new Set<string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    const fault = faultOf(lower, headers[name] ?? "") ?? (seen.has(lower) ? "is there twice" : undefined);
    if (fault !== undefined) errors.push({ path: `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, message: fault });
    seen.add(lower);
  }
  return errors;
}

function faultOf(name: string, value: string): string | undefined {
  if (!token.test(name)) return "is not a header name";
  if (reserved.has(name) || reservedBeginnings.some((start) => name.startsWith(start))) return "is set by the platform or by HTTP itself";
  // Beyond Latin-1 and with control characters a value cannot be sent.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return "must hold neither control characters nor anything beyond Latin-1";
  return undefined;
}
