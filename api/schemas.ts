import { z } from "zod";
import { invalidField } from "../src/lib/errors.ts";
import { toAlpha3 } from "../src/lib/country-codes.ts";
import { isId, type IdPrefix } from "../src/lib/ids.ts";
import { isAddressRange } from "../src/security/ip-ranges.ts";

/** Pieces that many routes' schemas share. */

export const tenantId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must match ^[a-z0-9][a-z0-9_-]{0,63}$");
export const tenantParams = z.strictObject({ tenant: z.string().max(64) });
export const idParams = z.strictObject({ tenant: z.string().max(64), id: z.string().max(64) });

export const timestamp = z.iso.datetime().meta({ description: "RFC 3339, UTC" });

export const countryCode = z
  .string()
  .max(2)
  .refine((code) => toAlpha3(code) !== undefined, "must be an ISO 3166-1 alpha-2 code such as FR")
  .meta({ description: "ISO 3166-1 alpha-2" });

/** What an event is about for its receivers: a site, a team, a customer of the tenant's. */
export const channel = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/, "must match ^[A-Za-z0-9_.:-]{1,128}$");

/** Addresses and CIDRs, each written in full. */
export const addressRanges = z.array(z.string().max(64).refine(isAddressRange, "must be an IP address or a CIDR")).max(100);

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(250).default(50).meta({ description: "How many to give, newest first" }),
  cursor: z.string().max(200).optional().meta({ description: "`nextCursor` of the page before" }),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable().meta({ description: "Null on the last page" }) });
}

/** Cursors are opaque to callers: the last id of a page. @throws AppError invalid */
export function readCursor(cursor: string | undefined, prefix?: IdPrefix): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, "base64url").toString("utf8");
  const known = prefix === undefined ? /^[\x21-\x7e]{1,140}$/.test(id) : isId(prefix, id);
  if (!known || writeCursor(id) !== cursor) throw invalidField("/cursor", "is not a cursor of this list");
  return id;
}

export function writeCursor(id: string): string {
  return Buffer.from(id, "utf8").toString("base64url");
}

/** One page from rows that were fetched with one more than the limit. */
export function toPage<Row, Item>(rows: Row[], limit: number, idOf: (row: Row) => string, toItem: (row: Row) => Item): { data: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map(toItem), nextCursor: rows.length > limit && last !== undefined ? writeCursor(idOf(last)) : null };
}
