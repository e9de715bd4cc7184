import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rotateLog } from "./log-watch.ts";

/** A program that we started. */
export interface Child {
  pid: number;
  /** Settles when it has ended, with the reason in a few words. */
  exited: Promise<string>;
  /** Asks it to stop and waits; past its time it is killed. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

export interface LaunchOptions {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Takes what the program prints; without one it is thrown away. */
  logFile?: string | undefined;
  /** Opens a channel by which the child notices that we are gone. */
  channel?: boolean;
  /** The signal that asks it to stop, and the time it is given. */
  stopSignal?: NodeJS.Signals;
  graceMs?: number;
  /** The signal that ends it at once. */
  killSignal?: NodeJS.Signals;
}

/** Starts the program. @throws when it can't be started at all. */
export async function launch(options: LaunchOptions): Promise<Child> {
  const { command, args, env = process.env, cwd, uid, gid, channel = false } = options;
  // The child writes to the file itself: its last words are kept even when both of us die at once.
  const log = options.logFile === undefined ? "ignore" : openLog(options.logFile);
  // A process group of its own: Ctrl-C reaches us alone, and we stop the programs in their order.
  const child = spawn(command, args, { env, cwd, uid, gid, detached: true, stdio: ["ignore", log, log, ...(channel ? ["ipc" as const] : [])] });
  if (typeof log === "number") closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
  });
  child.on("error", () => {}); // A signal that cannot be sent any more: the program has ended.
  const end = async (signal: NodeJS.Signals, graceMs: number): Promise<void> => {
    signalGroup(child, signal);
    const ended = await Promise.race([exited.then(() => true), sleep(graceMs, false, { ref: false })]);
    if (!ended) signalGroup(child, "SIGKILL");
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    exited,
    stop: () => end(options.stopSignal ?? "SIGTERM", options.graceMs ?? 10_000),
    kill: () => end(options.killSignal ?? "SIGKILL", 3_000),
  };
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  rotateLog(path);
  return openSync(path, "a", 0o600);
}

/** Only the last resort goes to the whole group; a polite request is for the program itself, which knows its own children. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(signal === "SIGKILL" && process.platform !== "win32" ? -child.pid : child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
