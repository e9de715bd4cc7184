import { createHash } from "node:crypto";
import { z } from "zod";
import { WebhookFormatError } from "./contract.ts";

// Reading what a provider has signed. Verifying is each provider's own; reading JSON without being hurt is the same for all.

const MAX_EXTERNAL_ID = 300;
const MAX_DEPTH = 64;

/** @throws WebhookFormatError for anything but a JSON object of sane depth in UTF-8. */
export function readObject(body: Buffer | string): Record<string, unknown> {
  const json = readJson(body);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new WebhookFormatError("the body is not a JSON object");
  return json as Record<string, unknown>;
}

/** @throws WebhookFormatError for anything but JSON of sane depth in UTF-8. */
export function readJson(body: Buffer | string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new WebhookFormatError("the body is not JSON");
  }
  if (typeof json === "object" && json !== null && deeperThan(json, MAX_DEPTH)) throw new WebhookFormatError(`the body is nested deeper than ${MAX_DEPTH} levels`);
  return json;
}

/** Level by level instead of by recursion: a hostile body must not fill the stack. */
function deeperThan(root: object, limit: number): boolean {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((value) => Object.values(value).filter((child): child is object => typeof child === "object" && child !== null));
  }
  return false;
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

/** An id as text. A number must have arrived exactly: above 2^53 it may be another one. */
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
