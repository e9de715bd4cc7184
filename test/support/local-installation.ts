import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { anyFreePort } from "../../src/local/ports.ts";
import { until } from "./wait.ts";

export interface LocalInstallation {
  apiUrl: string;
  sandboxUrl: string;
  adminKey: string;
  /** Of the start script: the parent of every part. */
  pid: number;
  dataDir: string;
  databaseUrl: string;
  temporalAddress: string;
  /** The supervised part's process id now. */
  pidOf(part: "api" | "worker" | "sandbox" | "temporal" | "postgres"): Promise<number>;
  output(): string;
  stop(): Promise<void>;
}

const project = resolve(import.meta.dirname, "../..");

/** `npm start` in processes of its own, on free ports and a data folder that is thrown away. */
export async function startInstallation(env: Record<string, string> = {}): Promise<LocalInstallation> {
  const dataDir = await mkdtemp(join(tmpdir(), "waystation-start-"));
  const port = await anyFreePort();
  const sandboxUrl = `http://127.0.0.1:${await anyFreePort()}`;
  const ports = { LOCAL_POSTGRES_PORT: await anyFreePort(), LOCAL_TEMPORAL_PORT: await anyFreePort(), LOCAL_TEMPORAL_UI_PORT: await anyFreePort() };
  const child = spawn(process.execPath, [join(project, "scripts/start.ts")], {
    cwd: project,
    // By the channel the start script notices our end, however we died.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env["PATH"], HOME: process.env["HOME"], XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"],
      PORT: String(port), DATA_DIR: dataDir, SANDBOX_URL: sandboxUrl, ...Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)])), ...env,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const apiUrl = `http://127.0.0.1:${port}`;
  try {
    await until("the installation to be ready", async () => output, (text) => text.includes("is ready") || child.exitCode !== null, 90_000);
    if (child.exitCode !== null) throw new Error(`the start ended with ${child.exitCode}:\n${output}`);
  } catch (error) {
    await stop(child, dataDir);
    throw error;
  }
  return {
    apiUrl,
    sandboxUrl,
    dataDir,
    databaseUrl: `postgresql://postgres:${(await readFile(join(dataDir, "postgres-password"), "utf8")).trim()}@127.0.0.1:${ports.LOCAL_POSTGRES_PORT}/waystation`,
    temporalAddress: `127.0.0.1:${ports.LOCAL_TEMPORAL_PORT}`,
    pid: child.pid ?? 0,
    adminKey: (await readFile(join(dataDir, "admin-api-key"), "utf8")).trim(),
    pidOf: async (part) => (JSON.parse(await readFile(join(dataDir, "run", `${part}.json`), "utf8")) as { pid: number }).pid,
    output: () => output,
    stop: () => stop(child, dataDir),
  };
}

async function stop(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
}
