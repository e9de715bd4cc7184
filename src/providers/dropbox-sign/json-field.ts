import type { RawWebhook } from "../contract.ts";

const MAX_PARTS = 20;

/**
 * The event's JSON: the field "json" of a multipart or URL-encoded form, or the body itself. Null when it is not there once.
 * Read strictly and without a library: a form that two readers could understand differently is no form.
 */
export function jsonFieldOf({ headers, body }: RawWebhook): string | null {
  const contentType = headers["content-type"];
  if (Array.isArray(contentType)) return null;
  if (contentType?.startsWith("application/x-www-form-urlencoded")) return onlyOne(new URLSearchParams(body.toString("utf8")).getAll("json"));
  if (!contentType?.startsWith("multipart/form-data")) return body.toString("utf8");
  const boundary = /^multipart\/form-data; ?boundary="?([A-Za-z0-9'()+_,./:=?-]{1,70})"?$/.exec(contentType)?.[1];
  if (boundary === undefined) return null;
  const parts = `\r\n${body.toString("utf8")}`.split(`\r\n--${boundary}`, MAX_PARTS + 1);
  const last = parts.at(-1);
  if (parts.length > MAX_PARTS || parts[0] !== "" || last === undefined || !/^--(\r\n)?$/.test(last)) return null;
  return onlyOne(parts.slice(1, -1).flatMap((part) => {
    const end = part.indexOf("\r\n\r\n");
    const named = /^\r\ncontent-disposition: form-data; name="?json"?(;|\r\n|$)/im.test(part.slice(0, Math.max(end, 0)));
    return named ? [part.slice(end + 4)] : [];
  }));
}

function onlyOne(values: string[]): string | null {
  const [value] = values;
  return value === undefined || values.length > 1 ? null : value;
}
