import { spawn } from "node:child_process";

export interface ProgramResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** True when it was ended for taking too long. */
  timedOut: boolean;
}

export interface RunOptions {
  timeoutMs: number;
  env?: NodeJS.ProcessEnv;
  uid?: number | undefined;
  gid?: number | undefined;
  cwd?: string;
  /** Asked every half second; true ends the program early. */
  giveUp?: () => boolean;
}

/** Runs a program to its end and collects what it says. Never throws: a program that can't be started has code null. */
export function runProgram(command: string, args: string[], options: RunOptions): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const { env, uid, gid, cwd } = options;
    // A process group of its own, so that ending it ends what it started too.
    const child = spawn(command, args, { env, uid, gid, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const result: ProgramResult = { code: null, stdout: "", stderr: "", timedOut: false };
    const startedAt = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - startedAt < options.timeoutMs && options.giveUp?.() !== true) return;
      result.timedOut = true;
      killGroup(child.pid);
    }, 500);
    child.stdout.on("data", (chunk: Buffer) => (result.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (result.stderr += chunk.toString()));
    const finish = (code: number | null, error?: Error): void => {
      clearInterval(watch);
      resolve({ ...result, code, stderr: result.stderr + (error?.message ?? "") });
    };
    child.on("error", (error) => finish(null, error));
    child.on("close", (code) => finish(code));
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
