import { AppError, notFound } from "../../src/lib/errors.ts";
import type { Api } from "../types.ts";

const maxDepth = 64;

/** JSON bodies only (text/plain would be read by default), no deep nesting, and no text that Postgres cannot keep: NUL and lone surrogates. */
export function addBodyHygiene(api: Api): void {
  api.removeContentTypeParser("text/plain");
  // Some clients always say JSON: a POST without a body is one that has nothing to say.
  const parse = api.getDefaultJsonParser("error", "error");
  api.removeContentTypeParser("application/json");
  api.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
  api.addHook("preValidation", async (request) => {
    // What cannot be stored cannot be the name of anything either.
    if (!isStorable(Object.values(request.params ?? {}).join("/"))) throw notFound("address");
    inspect(request.query, "", 0);
    if (request.body !== null && typeof request.body === "object" && !Buffer.isBuffer(request.body)) inspect(request.body, "", 0);
  });
}

function inspect(value: unknown, path: string, depth: number): void {
  if (typeof value === "string") return inspectText(value, path);
  if (typeof value === "number") return inspectNumber(value, path);
  if (value === null || typeof value !== "object") return;
  if (depth >= maxDepth) throw new AppError("invalid", "The body is nested too deeply.", { errors: [{ path: path.slice(0, 200), message: `must not be nested deeper than ${maxDepth} levels` }] });
  for (const [name, item] of Object.entries(value)) {
    const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    inspectText(name, at);
    inspect(item, at, depth + 1);
  }
}

function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

function inspectText(text: string, path: string): void {
  if (isStorable(text)) return;
  // A URL with such text is refused like every other hostile URL, whichever check sees it first.
  throw new AppError(path === "/url" ? "url_not_allowed" : "invalid", "Some text in the body cannot be stored.", { errors: [{ path: path.toWellFormed().replaceAll("\u0000", ""), message: "must not hold NUL or lone surrogates" }] });
}

/** Reading JSON has rounded such a number already: what would be stored is not what was sent. */
function inspectNumber(value: number, path: string): void {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return;
  throw new AppError("invalid", "A number in the body cannot be kept exactly.", { errors: [{ path, message: "is beyond ±(2^53 − 1); send it as a string" }] });
}
