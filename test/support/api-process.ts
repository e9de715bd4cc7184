import { spawn, type ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { anyFreePort } from "../../src/local/ports.ts";
import { until } from "./wait.ts";

const project = resolve(import.meta.dirname, "../..");

export interface ApiProcess {
  url: string;
  stop(): Promise<void>;
}

/** An API process of its own beside others on the same database. */
export async function startApiProcess(env: Record<string, string>): Promise<ApiProcess> {
  const port = await anyFreePort();
  const child = spawn(process.execPath, ["--no-warnings", join(project, "api/main.ts")], {
    cwd: project,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], LOG_LEVEL: "silent", NODE_ENV: "test", ...env, PORT: String(port) },
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString("utf8")}`.slice(-2_000)));
  const url = `http://127.0.0.1:${port}`;
  try {
    const alive = async (): Promise<boolean> => (await fetch(`${url}/health/live`).catch(() => null))?.ok === true;
    await until("an API process", alive, (yes) => yes || child.exitCode !== null, 60_000);
    if (child.exitCode !== null) throw new Error(`the API process ended with ${child.exitCode}: ${said}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { url, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
}
