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
 */
export interface Vault {
  seal(place: VaultPlace, plain: Buffer): Promise<Buffer>;
  /** @throws Error when the value was altered, moved, or sealed under a key that is not in the ring. */
  open(place: VaultPlace, sealed: Uint8Array): Promise<Buffer>;
  sealJson(place: VaultPlace, value: unknown): Promise<Uint8Array<ArrayBuffer>>;
  openJson<T>(place: VaultPlace, sealed: Uint8Array): Promise<T>;
}

const version = 1;

function contextOf(place: VaultPlace): Buffer {
  return Buffer.from(["v1", place.tenantId, place.table, place.column, place.id].join("|"), "utf8");
}

export function createVault(keyRing: KeyRing): Vault {
  const vault: Vault = {
    async seal(place, plain) {
      const context = contextOf(place);
      const dataKey = randomBytes(32);
      const { keyId, wrapped } = await keyRing.wrap(dataKey, context);
      const id = Buffer.from(keyId, "utf8");
      const header = Buffer.alloc(4 + id.length);
      header.writeUInt8(version, 0);
      header.writeUInt8(id.length, 1);
      id.copy(header, 2);
      header.writeUInt16BE(wrapped.length, 2 + id.length);
      return Buffer.concat([header, wrapped, seal(dataKey, plain, Buffer.concat([header, context]))]);
    },
    async open(place, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < 4 || bytes.readUInt8(0) !== version) throw new Error("sealed value has an unknown version");
      const idLength = bytes.readUInt8(1);
      const headerLength = 4 + idLength;
      if (bytes.length < headerLength) throw new Error("sealed value is too short");
      const wrappedLength = bytes.readUInt16BE(2 + idLength);
      const context = contextOf(place);
      const header = bytes.subarray(0, headerLength);
      const wrapped = bytes.subarray(headerLength, headerLength + wrappedLength);
      const dataKey = await keyRing.unwrap(bytes.toString("utf8", 2, 2 + idLength), wrapped, context);
      return unseal(dataKey, bytes.subarray(headerLength + wrappedLength), Buffer.concat([header, context]));
    },
    async sealJson(place, value) {
      return new Uint8Array(await vault.seal(place, Buffer.from(JSON.stringify(value), "utf8")));
    },
    async openJson<T>(place: VaultPlace, sealed: Uint8Array) {
      return JSON.parse((await vault.open(place, sealed)).toString("utf8")) as T;
    },
  };
  return vault;
}
