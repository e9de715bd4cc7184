import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { removeMark, rotateLog, writeMark, type DataDir } from "./data-dir.ts";
import { lastLine } from "./log-watch.ts";

/** One program that is kept running. */
export interface Program {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  uid?: number | undefined;
  gid?: number | undefined;
  cwd?: string;
  /** Opens a channel by which the child notices that we are gone. */
  channel?: boolean;
  /** The signals that ask it to stop, each with the time it is given. */
  stopSteps: { signal: NodeJS.Signals; waitMs: number }[];
  /** Clears what an earlier, killed instance left behind. */
  beforeStart?: () => Promise<void>;
}

export interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  /** How often it died unexpectedly since it was first started. */
  readonly crashes: number;
  start(): Promise<void>;
  /** Stops it for good; resolves when it is gone. A second call may press for less time. */
  stop(): Promise<void>;
  killNow(): void;
}

export interface SupervisorOptions {
  dataDir: DataDir;
  say: (line: string) => void;
  backOffMs?: { first: number; longest: number };
  /** After this time up, the next crash counts as the first again. */
  stableAfterMs?: number;
}

export function supervise(program: Program, options: SupervisorOptions): Supervised {
  const { dataDir, say, backOffMs = { first: 500, longest: 10_000 }, stableAfterMs = 30_000 } = options;
  const logFile = join(dataDir.logs, `${program.name}.log`);
  const stopped = new AbortController();
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let crashes = 0;
  let waitMs = backOffMs.first;

  const launch = async (): Promise<void> => {
    await program.beforeStart?.();
    if (stopped.signal.aborted) return;
    rotateLog(logFile);
    // The child writes to the file itself: its last words are kept even when both of us die at once.
    const log = openSync(logFile, "a", 0o600);
    const startedAt = performance.now();
    const { command, args, env, uid, gid, cwd } = program;
    // A process group of its own: Ctrl-C reaches us alone, and we stop the programs in their order.
    const started = spawn(command, args, { env, uid, gid, cwd, detached: true, stdio: ["ignore", log, log, ...(program.channel ? ["ipc" as const] : [])] });
    closeSync(log);
    child = started;
    if (started.pid !== undefined) writeMark(dataDir, program.name, started.pid);
    gone = new Promise<void>((resolve) => {
      const ended = (reason: string): void => {
        if (child !== started) return;
        child = undefined;
        removeMark(dataDir, program.name);
        resolve();
        if (!stopped.signal.aborted) void restart(reason, performance.now() - startedAt);
      };
      started.once("error", (error) => ended(error.message));
      started.once("exit", (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
  };

  const restart = async (reason: string, upMs: number): Promise<void> => {
    crashes += 1;
    if (upMs > stableAfterMs) waitMs = backOffMs.first;
    const hint = reason.startsWith("exit code") ? lastLine(logFile) : undefined;
    say(`${program.name} stopped unexpectedly (${reason}); starting it again in ${waitMs / 1000} s.${hint ? ` Last words: ${hint}` : ""}`);
    try {
      await sleep(waitMs, undefined, { signal: stopped.signal });
      waitMs = Math.min(waitMs * 2, backOffMs.longest);
      await launch();
    } catch (error) {
      if (!stopped.signal.aborted) void restart(error instanceof Error ? error.message : String(error), 0);
    }
  };

  return {
    name: program.name,
    get pid() {
      return child?.pid;
    },
    get crashes() {
      return crashes;
    },
    start: launch,
    stop: async () => {
      stopped.abort();
      for (const step of program.stopSteps) {
        const current = child;
        if (current === undefined) return;
        current.kill(step.signal);
        await Promise.race([gone, sleep(step.waitMs, undefined, { ref: false })]);
      }
      if (child === undefined) return;
      killGroup(child);
      await gone;
    },
    killNow: () => {
      stopped.abort();
      if (child !== undefined) killGroup(child);
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}
