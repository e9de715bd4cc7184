import { AppError } from "../../lib/errors.ts";
import type { RawWebhook } from "../../providers/contract.ts";

const json = ["application/json"];
const utf8 = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

/**
 * Refuses a body that the provider's code should not have to understand: of a type that the vendor does not send, in another
 * charset than UTF-8, or compressed. A body that two readers could read differently is read by neither. No body has no type.
 * @throws AppError unsupported_media_type
 */
export function expectReadable({ headers, body }: RawWebhook, accepted: readonly string[] = json): void {
  if (body.length === 0) return;
  const { "content-type": type, "content-encoding": encoding } = headers;
  if (encoding !== undefined && String(encoding).trim().toLowerCase() !== "identity") throw new AppError("unsupported_media_type", "Send the body without a content encoding.");
  const { mediaType, charsets } = describe(typeof type === "string" ? type : "");
  if (!accepted.includes(mediaType)) throw new AppError("unsupported_media_type", `Send the body as ${accepted.join(" or ")}.`);
  if (!charsets.every((charset) => utf8.has(charset))) throw new AppError("unsupported_media_type", "Send the body in UTF-8.");
}

/** Read leniently: vendors send parameters that are none, such as "application/json; utf-8". */
function describe(header: string): { mediaType: string; charsets: string[] } {
  const [mediaType = "", ...parameters] = header.split(";").map((part) => part.trim().toLowerCase());
  return { mediaType, charsets: parameters.flatMap((parameter) => /^charset *= *"?([^"]*)"?$/.exec(parameter)?.[1] ?? []) };
}
