import { execFileSync } from "node:child_process";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  // A zombie answers to a signal although nothing of it runs any more.
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

/** The command line of a process, or "" when it is gone or cannot be read. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    // Not Linux, or gone.
  }
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

interface PidFile {
  pid: number;
  /** What the process' command line held when the file was written: a number alone may belong to another program by now. */
  command: string;
}

async function readPidFile(file: string): Promise<PidFile | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || !("command" in value)) return undefined;
    return typeof value.pid === "number" && typeof value.command === "string" ? { pid: value.pid, command: value.command } : undefined;
  } catch {
    return undefined;
  }
}

function stillRuns(entry: PidFile): boolean {
  return entry.command !== "" && isAlive(entry.pid) && commandLine(entry.pid) === entry.command;
}

export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
}

/**
 * Lets one start at a time use a data directory.
 * @throws AlreadyRunning while another one lives.
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): Promise<void> }> {
  const file = join(dataDir, "start.pid");
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify({ pid: process.pid, command: commandLine(process.pid) }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await link(draft, file).catch(() => undefined);
      // Another start that found the same dead owner may be removing this file just now: it counts only if it stays.
      if (attempt > 0) await sleep(100);
      const owner = await readPidFile(file);
      if (owner?.pid === process.pid) return { release: () => rm(file, { force: true }) };
      if (owner !== undefined && stillRuns(owner)) {
        throw new AlreadyRunning(`Waystation already runs on ${dataDir} (process ${owner.pid}). Stop it first, or set DATA_DIR to another folder.`);
      }
      await rm(file, { force: true });
    }
    throw new Error(`${file} cannot be created.`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Remembers a child, so that the next start can stop it should this one be killed. */
export async function rememberChild(dataDir: string, name: string, pid: number): Promise<void> {
  await writeFile(join(dataDir, `${name}.pid`), JSON.stringify({ pid, command: commandLine(pid) }), { mode: 0o600 });
}

export async function forgetChild(dataDir: string, name: string): Promise<void> {
  await rm(join(dataDir, `${name}.pid`), { force: true });
}

/** Stops a child that a killed start left behind, if it is still the same program. True when there was one. */
export async function stopOrphan(dataDir: string, name: string, graceMs = 10_000): Promise<boolean> {
  const entry = await readPidFile(join(dataDir, `${name}.pid`));
  const found = entry !== undefined && stillRuns(entry);
  if (found) {
    // Postgres takes SIGINT as "disconnect everyone and shut down"; SIGTERM would wait for its clients.
    process.kill(entry.pid, name === "postgres" ? "SIGINT" : "SIGTERM");
    for (const end = Date.now() + graceMs; Date.now() < end && stillRuns(entry); ) await sleep(50);
    if (stillRuns(entry)) process.kill(entry.pid, "SIGKILL");
    for (const end = Date.now() + 2_000; Date.now() < end && stillRuns(entry); ) await sleep(50);
  }
  await forgetChild(dataDir, name);
  return found;
}
