import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as a file remembers it. The start time tells it from a later process that was given the same number. */
export interface ProcessMark {
  pid: number;
  startedAt: string;
}

function proc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // A dead process whose parent hasn't looked yet counts as gone.
  return process.platform !== "linux" || stateOf(pid) !== "Z";
}

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] {
  const stat = proc(pid, "stat") ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function stateOf(pid: number): string | undefined {
  return statFields(pid)[0];
}

export function markOf(pid: number): ProcessMark {
  const startedAt = process.platform === "linux" ? `${proc(pid, "../sys/kernel/random/boot_id")?.trim()}/${statFields(pid)[19]}` : ps(pid, "lstart");
  return { pid, startedAt };
}

/** True when the very process that was marked still runs. */
export function isRunning(mark: ProcessMark): boolean {
  return isAlive(mark.pid) && markOf(mark.pid).startedAt === mark.startedAt;
}

/** The command line, as far as this user may see it. */
export function commandOf(pid: number): string {
  const line = process.platform === "linux" ? proc(pid, "cmdline")?.replaceAll("\0", " ") : ps(pid, "command");
  return line?.trim() ?? "";
}

/** Processes whose working directory is the folder; Linux only, elsewhere none are found. */
export function processesIn(folder: string): number[] {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder && isAlive(pid);
    } catch {
      return false; // Gone meanwhile, or another user's.
    }
  });
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what a signal here asks for.
  }
}

export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Sends the signals one after the other until the process is gone, waiting for each its time. */
export async function endProcess(pid: number, steps: { signal: NodeJS.Signals; waitMs: number }[]): Promise<void> {
  for (const step of steps) {
    signal(pid, step.signal);
    if (await waitUntilGone(pid, step.waitMs)) return;
  }
}
