import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isRunning, markOf, type ProcessMark } from "./processes.ts";

/** The folder that holds everything a local installation knows: databases, keys, logs, and which processes run on it. */
export interface DataDir {
  path: string;
  postgres: string;
  temporalDb: string;
  logs: string;
  adminKeyFile: string;
  encryptionKeysFile: string;
}

export class DataDirInUseError extends Error {
  override readonly name = "DataDirInUseError";
}

/** @throws when the folder can't be made or written. */
export function openDataDir(given: string): DataDir {
  const path = resolve(given);
  try {
    return prepare(path);
  } catch (error) {
    throw new Error(`DATA_DIR: ${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)}).`);
  }
}

function prepare(path: string): DataDir {
  const existed = existsSync(path);
  for (const folder of [path, join(path, "logs"), join(path, "run")]) mkdirSync(folder, { recursive: true });
  // As root the database runs under another account, which has to pass through; the files within stay private.
  if (!existed) chmodSync(path, process.getuid?.() === 0 ? 0o711 : 0o700);
  for (const folder of ["logs", "run"]) chmodSync(join(path, folder), 0o700);
  return {
    path,
    postgres: join(path, "postgres"),
    temporalDb: join(path, "temporal.db"),
    logs: join(path, "logs"),
    adminKeyFile: join(path, "admin-api-key"),
    encryptionKeysFile: join(path, "encryption-keys"),
  };
}

function markFile(dataDir: DataDir, name: string): string {
  return join(dataDir.path, "run", `${name}.json`);
}

export function readMark(dataDir: DataDir, name: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(markFile(dataDir, name), "utf8")) as ProcessMark;
  } catch {
    return undefined;
  }
}

export function writeMark(dataDir: DataDir, name: string, pid: number): void {
  // Written aside and moved, so that a crash never leaves half a file.
  const aside = `${markFile(dataDir, name)}.new`;
  writeFileSync(aside, JSON.stringify(markOf(pid)));
  renameSync(aside, markFile(dataDir, name));
}

export function removeMark(dataDir: DataDir, name: string): void {
  rmSync(markFile(dataDir, name), { force: true });
}

/**
 * Claims the folder for this process; what a killed process left behind is cleared away.
 * @returns a function that gives it back.
 * @throws DataDirInUseError when another start runs on it.
 */
export function lockDataDir(dataDir: DataDir): () => void {
  const lock = join(dataDir.path, "run", "start.lock");
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(markOf(process.pid)));
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        // A link is made whole or not at all: nobody can read a lock without its owner.
        linkSync(mine, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = readLock(lock);
      if (owner !== undefined && isRunning(owner)) {
        throw new DataDirInUseError(`Waystation is already running on ${dataDir.path} (process ${owner.pid}): stop it first, or set another DATA_DIR.`);
      }
      rmSync(lock, { force: true });
    }
    throw new DataDirInUseError(`Another start is taking ${dataDir.path} at this moment.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

function readLock(lock: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8")) as ProcessMark;
  } catch {
    return undefined;
  }
}
