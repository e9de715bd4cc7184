import { randomBytes } from "node:crypto";
import { seal, unseal, type KeyRing } from "./key-ring.ts";

/** Where a sealed value lives. It is bound to the ciphertext, so that rows, columns and tenants can't be swapped. */
export interface VaultPlace {
  tenantId: string;
  table: string;
  column: string;
  id: string;
}

/**
 * Envelope encryption: every record has a data key of its own, wrapped by the key ring.
 * Layout: version (1) ‖ length of the key id (1) ‖ key id ‖ length of the wrapped key (2) ‖ wrapped key ‖ sealed value.
 * Since version 2 the key's id is bound to the wrapped key alone, not to the value: when the ring is rotated the header is
 * written anew and the value stays as it is. Version 1 is still read.
 */
export interface Vault {
  seal(place: VaultPlace, plain: Buffer): Promise<Buffer>;
  /** @throws Error when the value was altered, moved, or sealed under a key that is not in the ring. */
  open(place: VaultPlace, sealed: Uint8Array): Promise<Buffer>;
  sealJson(place: VaultPlace, value: unknown): Promise<Uint8Array<ArrayBuffer>>;
  openJson<T>(place: VaultPlace, sealed: Uint8Array): Promise<T>;
  /** What each value begins with that is under the newest key and of the newest version. */
  readonly currentPrefix: Buffer;
  /**
   * The header for the newest key, from a value's header alone (`headerLength` says how long it is), to stand before the same
   * sealed value. Null for version 1, whose values must be opened and sealed anew.
   * @throws Error as `open` does
   */
  rewrap(place: VaultPlace, header: Uint8Array): Promise<Buffer | null>;
}

const version = 2;

interface Parts {
  version: number;
  keyId: string;
  /** Up to the wrapped key. */
  prefix: Buffer;
  wrapped: Buffer;
  value: Buffer;
}

/** No header is longer: a key id has at most 32 characters, and a KMS wraps a key of 32 bytes in less than 512. */
export const maxHeaderBytes = 1024;

/** Takes a sealed value, or the beginning of one, apart. @throws Error when it is no sealed value or its header is cut */
function partsOf(sealed: Uint8Array): Parts {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < 4 || (bytes.readUInt8(0) !== 1 && bytes.readUInt8(0) !== 2)) throw new Error("sealed value has an unknown version");
  const idEnd = 2 + bytes.readUInt8(1);
  if (bytes.length < idEnd + 2) throw new Error("sealed value is too short");
  const wrappedEnd = idEnd + 2 + bytes.readUInt16BE(idEnd);
  if (bytes.length < wrappedEnd) throw new Error("sealed value is too short");
  return { version: bytes.readUInt8(0), keyId: bytes.toString("utf8", 2, idEnd), prefix: bytes.subarray(0, idEnd + 2), wrapped: bytes.subarray(idEnd + 2, wrappedEnd), value: bytes.subarray(wrappedEnd) };
}

/** How many bytes stand before the sealed value itself. @throws Error as partsOf does */
export function headerLength(sealed: Uint8Array): number {
  const { prefix, wrapped } = partsOf(sealed);
  return prefix.length + wrapped.length;
}

/** What the wrapped key and the value are bound to. */
function contextsOf(place: VaultPlace, { version: of, keyId, prefix }: Pick<Parts, "version" | "keyId" | "prefix">): { key: Buffer; value: Buffer } {
  if (of === 1) {
    const context = Buffer.from(["v1", place.tenantId, place.table, place.column, place.id].join("|"), "utf8");
    return { key: context, value: Buffer.concat([prefix, context]) };
  }
  const words = ["v2", place.tenantId, place.table, place.column, place.id];
  return { key: Buffer.from(JSON.stringify([...words, keyId]), "utf8"), value: Buffer.from(JSON.stringify(words), "utf8") };
}

function headerOf(keyId: string, wrapped: Buffer): Buffer {
  const id = Buffer.from(keyId, "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrapped.length);
  return Buffer.concat([Buffer.from([version, id.length]), id, length, wrapped]);
}

export function createVault(keyRing: KeyRing): Vault {
  const wrap = async (place: VaultPlace, dataKey: Buffer): Promise<Buffer> => {
    const contexts = contextsOf(place, { version, keyId: keyRing.currentId, prefix: Buffer.alloc(0) });
    const { keyId, wrapped } = await keyRing.wrap(dataKey, contexts.key);
    return headerOf(keyId, wrapped);
  };
  const vault: Vault = {
    async seal(place, plain) {
      const dataKey = randomBytes(32);
      const header = await wrap(place, dataKey);
      return Buffer.concat([header, seal(dataKey, plain, contextsOf(place, { version, keyId: keyRing.currentId, prefix: header }).value)]);
    },
    async open(place, sealed) {
      const parts = partsOf(sealed);
      const contexts = contextsOf(place, parts);
      return unseal(await keyRing.unwrap(parts.keyId, parts.wrapped, contexts.key), parts.value, contexts.value);
    },
    async sealJson(place, value) {
      return new Uint8Array(await vault.seal(place, Buffer.from(JSON.stringify(value), "utf8")));
    },
    async openJson<T>(place: VaultPlace, sealed: Uint8Array) {
      return JSON.parse((await vault.open(place, sealed)).toString("utf8")) as T;
    },
    currentPrefix: headerOf(keyRing.currentId, Buffer.alloc(0)).subarray(0, -2),
    async rewrap(place, header) {
      const parts = partsOf(header);
      if (parts.version !== version) return null;
      return await wrap(place, await keyRing.unwrap(parts.keyId, parts.wrapped, contextsOf(place, parts).key));
    },
  };
  return vault;
}
