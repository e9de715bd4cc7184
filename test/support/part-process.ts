import { spawn, type ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { anyFreePort } from "../../src/local/ports.ts";
import { until } from "./wait.ts";

const project = resolve(import.meta.dirname, "../..");
const mains = { api: "api/main.ts", worker: "worker/main.ts" } as const;

export interface PartProcess {
  /** Where it listens; of a worker nowhere. */
  url: string;
  pid: number;
  /** What it wrote lately, of both streams. */
  output(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** An API or worker process of its own, beside others on the same database; `args` are Node's own. */
export async function startPart(part: keyof typeof mains, env: Record<string, string>, args: string[] = []): Promise<PartProcess> {
  const port = await anyFreePort();
  const child = spawn(process.execPath, ["--no-warnings", ...args, join(project, mains[part])], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], LOG_LEVEL: part === "worker" ? "info" : "warn", NODE_ENV: "test", ...env, PORT: String(port) },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output = `${output}${chunk.toString("utf8")}`.slice(-20_000)));
  const url = `http://127.0.0.1:${port}`;
  const ready = part === "worker" ? async (): Promise<boolean> => output.includes("worker started") : async (): Promise<boolean> => (await fetch(`${url}/health/live`).catch(() => null))?.ok === true;
  try {
    await until(`a process of the ${part}`, ready, (yes) => yes || child.exitCode !== null, 60_000);
    if (child.exitCode !== null) throw new Error(`the ${part} process ended with ${child.exitCode}: ${output.slice(-2_000)}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { url, pid: child.pid ?? 0, output: () => output, stop: () => end(child, "SIGTERM"), kill: () => end(child, "SIGKILL") };
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await ended;
}
