import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Key-encrypting keys. A KMS can stand behind this interface as well as the environment. */
export interface KeyRing {
  /** The key that new data keys are wrapped under. */
  readonly currentId: string;
  wrap(dataKey: Buffer, context: Buffer): Promise<{ keyId: string; wrapped: Buffer }>;
  /** @throws Error when the key id is unknown or the wrapped key was altered. */
  unwrap(keyId: string, wrapped: Buffer, context: Buffer): Promise<Buffer>;
}

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM with a fresh 96-bit IV: iv ‖ tag ‖ ciphertext. The tag's length is pinned: Node would take a shorter one. */
export function seal(key: Buffer, plain: Buffer, context: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  cipher.setAAD(context);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** @throws Error when anything was altered, cut, or belongs to another context. */
export function unseal(key: Buffer, sealed: Buffer, context: Buffer): Buffer {
  if (sealed.length < ivBytes + tagBytes) throw new Error("sealed data is too short");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
}

/** Reads ENCRYPTION_KEYS: `id:base64(32 bytes)`, comma-separated, the first is current. */
export function localKeyRing(encryptionKeys: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const part of encryptionKeys.split(",")) {
    const cut = part.indexOf(":");
    const key = Buffer.from(part.slice(cut + 1), "base64");
    if (cut < 1 || key.length !== 32) throw new Error("ENCRYPTION_KEYS must be id:base64(32 bytes), comma-separated");
    keys.set(part.slice(0, cut).trim(), key);
  }
  const [currentId, current] = [...keys.entries()][0] ?? [];
  if (currentId === undefined || current === undefined) throw new Error("ENCRYPTION_KEYS holds no key");
  return {
    currentId,
    wrap: async (dataKey, context) => ({ keyId: currentId, wrapped: seal(current, dataKey, context) }),
    unwrap: async (keyId, wrapped, context) => {
      const key = keys.get(keyId);
      if (key === undefined) throw new Error(`encryption key "${keyId}" is not in the key ring`);
      return unseal(key, wrapped, context);
    },
  };
}
