import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { describeApiKey, generateApiKey } from "../security/api-keys.ts";
import type { DataDir } from "./data-dir.ts";

/** Reads a secret from its file, or makes it there: mode 0600, whole or not at all. */
function secretIn(file: string, make: () => string): { value: string; created: boolean } {
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const value = readFileSync(file, "utf8").trim();
    if (value !== "") return { value, created: false };
  }
  const value = make();
  const aside = `${file}.new`;
  writeFileSync(aside, `${value}\n`, { mode: 0o600 });
  chmodSync(aside, 0o600);
  renameSync(aside, file);
  return { value, created: true };
}

/** The key ring that seals stored secrets. Whoever loses this file loses what it sealed. */
export function localEncryptionKeys(dataDir: DataDir): string {
  return secretIn(dataDir.encryptionKeysFile, () => `local-1:${randomBytes(32).toString("base64")}`).value;
}

/**
 * The first platform key.
 * @throws when the file holds something else than a key: a fault is better than a key that silently changes.
 */
export function localAdminKey(dataDir: DataDir): { value: string; created: boolean } {
  const key = secretIn(dataDir.adminKeyFile, () => generateApiKey().secret);
  if (describeApiKey(key.value) === undefined) {
    throw new Error(`${dataDir.adminKeyFile} does not hold a valid API key: delete it to have a new one made.`);
  }
  return key;
}

/** The embedded Postgres's password, in a file beside its data. */
export function postgresPassword(file: string): string {
  return secretIn(file, () => randomBytes(24).toString("base64url")).value;
}
