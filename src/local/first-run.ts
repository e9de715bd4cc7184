import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateApiKey } from "../security/api-keys.ts";

export interface FirstRun {
  encryptionKeys: string;
  adminApiKey: string;
  adminApiKeyFile: string;
  logDir: string;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The file's content; when there is none yet, `make()`, written for the owner alone. A file is whole or absent, also after a crash. */
async function readOrCreate(file: string, make: () => string): Promise<string> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    if (text === "") throw new Error(`${file} is empty: restore it from a backup, or delete it to have a new one made.`);
    return text;
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(draft, `${make()}\n`, { mode: 0o600, flag: "wx" });
    // A hard link does not overwrite: whoever comes second reads what the first one made.
    await link(draft, file).catch((error: unknown) => {
      if (!isCode(error, "EEXIST")) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

/** Makes the data directory and the secrets of a local installation, once; later runs find the same ones. */
export async function prepareFirstRun(dataDir: string): Promise<FirstRun> {
  const logDir = join(dataDir, "logs");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chmod(dataDir, 0o700);
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  const adminApiKeyFile = join(dataDir, "admin-api-key");
  const encryptionKeys = await readOrCreate(join(dataDir, "encryption-keys"), () => `k1:${randomBytes(32).toString("base64")}`);
  const adminApiKey = await readOrCreate(adminApiKeyFile, () => generateApiKey().secret);
  return { encryptionKeys, adminApiKey, adminApiKeyFile, logDir };
}
