import { randomBytes } from "node:crypto";
import { seal } from "../../src/security/key-ring.ts";
import type { VaultPlace } from "../../src/security/vault.ts";

/** A value as the vault sealed it before its version 2: the key's id is bound to the value. `key` is `id:base64`. */
export function sealVersion1(key: string, place: VaultPlace, plain: Buffer): Buffer {
  const cut = key.indexOf(":");
  const id = Buffer.from(key.slice(0, cut), "utf8");
  const context = Buffer.from(["v1", place.tenantId, place.table, place.column, place.id].join("|"), "utf8");
  const dataKey = randomBytes(32);
  const wrapped = seal(Buffer.from(key.slice(cut + 1), "base64"), dataKey, context);
  const header = Buffer.concat([Buffer.from([1, id.length]), id, Buffer.from([wrapped.length >> 8, wrapped.length & 255])]);
  return Buffer.concat([header, wrapped, seal(dataKey, plain, Buffer.concat([header, context]))]);
}
