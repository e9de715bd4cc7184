import { createHash } from "node:crypto";
import { z } from "zod";
import { WebhookFormatError } from "./contract.ts";

// Reading what a provider has signed. Verifying is each provider's own; reading JSON without being hurt is the same for all.

const MAX_EXTERNAL_ID = 300;
const MAX_DEPTH = 64;
const [colon, quote, backslash] = [0x3a, 0x22, 0x5c];

/** @throws WebhookFormatError for anything but a JSON object that can be read in one way only, see readJson. */
export function readObject(body: Buffer | string): Record<string, unknown> {
  const json = readJson(body);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new WebhookFormatError("the body is not a JSON object");
  return json as Record<string, unknown>;
}

/**
 * JSON in UTF-8 that every reader understands alike: of sane depth, no name twice in one object, none that means something to
 * JavaScript. An integer that a number cannot hold comes as the text that stood there.
 * @throws WebhookFormatError
 */
export function readJson(body: Buffer | string): unknown {
  const { text, json } = parse(body);
  if (typeof json === "object" && json !== null) inspect(json, text);
  return json;
}

function parse(body: Buffer | string): { text: string; json: unknown } {
  try {
    const text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    // Looking at each value takes its time, and few bodies hold so long a number.
    return { text, json: /\d{16}/.test(text) ? JSON.parse(text, keepInteger) : JSON.parse(text) };
  } catch {
    throw new WebhookFormatError("the body is not JSON");
  }
}

/** An id beyond 2^53 would become its neighbour's. TypeScript does not know the third argument yet. */
function keepInteger(_name: string, value: unknown, context?: { source?: string }): unknown {
  const lost = typeof value === "number" && !Number.isSafeInteger(value);
  return lost && /^-?\d+$/.test(context?.source ?? "") ? context?.source : value;
}

/** Level by level instead of by recursion: a hostile body must not fill the stack. */
function inspect(root: object, text: string): void {
  let level: object[] = [root];
  let names = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new WebhookFormatError(`the body is nested deeper than ${MAX_DEPTH} levels`);
    const next: object[] = [];
    for (const value of level) {
      const members = Array.isArray(value) ? value : Object.values(value);
      if (!Array.isArray(value)) names += members.length;
      if (Object.hasOwn(value, "__proto__") || isConstructor(value)) throw new WebhookFormatError("the body holds a forbidden name");
      for (const member of members) if (typeof member === "object" && member !== null) next.push(member as object);
    }
    level = next;
  }
  // Of two values with one name the parser keeps the last, another reader the first: what was signed is then a matter of taste.
  if (names !== countNames(text)) throw new WebhookFormatError("the body holds a name twice");
}

function isConstructor(value: object): boolean {
  const inner: unknown = Object.hasOwn(value, "constructor") ? (value as Record<string, unknown>)["constructor"] : undefined;
  return typeof inner === "object" && inner !== null && Object.hasOwn(inner, "prototype");
}

/** In JSON each name is followed by a colon, and outside of texts nothing else is. */
function countNames(text: string): number {
  let names = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === colon) names += 1;
    else if (character === quote) at = endOfText(text, at);
  }
  return names;
}

function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** What the schema makes of the value. @throws WebhookFormatError that names fields and no values. */
export function readFields<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the body"))];
  throw new WebhookFormatError(`not as documented: ${fields.slice(0, 10).join(", ").slice(0, 300)}`);
}

/** Text that a database keeps as it is: no NUL, no half of a surrogate pair. */
export const cleanText = (max: number) =>
  z.string().min(1).max(max).refine((text) => text.isWellFormed() && !text.includes("\0"), "holds characters that cannot be kept");

/** An id as text, to the last digit. */
export const cleanId = z.union([cleanText(1_000), z.int().transform(String)]);

export const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

/** One name for the news, the same for each repetition, within what the log of inbound events keeps. */
export function externalIdOf(...parts: (string | number | undefined)[]): string {
  const id = parts.filter((part) => part !== undefined).join("|");
  return id.length > MAX_EXTERNAL_ID ? sha256(id) : id;
}

export function sha256(value: string | Buffer): string {
  return createHash("sha256").update(value).digest("hex");
}

/** What is no time counts as none. */
export function readTime(value: string | number | undefined): Date | null {
  if (value === undefined) return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}
