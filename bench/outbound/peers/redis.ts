import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { anyFreePort, answers } from "../../../src/local/ports.ts";
import { until } from "../../../test/support/wait.ts";

/** When the file is written to disk: each second, or before an answer. */
export type Fsync = "everysec" | "always";

export interface Redis {
  url: string;
  /** Only of a server that we started: another's CPU is not ours to count. */
  pid: number | undefined;
  stop(): Promise<void>;
}

/** The Redis of REDIS_URL, or one of our own where the program is installed; else the reason why there is none. */
export async function findRedis(fsync: Fsync): Promise<Redis | string> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined && given !== "") {
    const { hostname } = new URL(given);
    if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return "REDIS_URL names another machine, and the benchmark stays on this one";
    if (fsync === "always") return "the Redis of REDIS_URL is as it is; one of our own (redis-server on PATH) would be started so";
    return { url: given, pid: undefined, stop: async () => undefined };
  }
  const program = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "redis-server")).find(existsSync);
  return program === undefined ? "no Redis: REDIS_URL is not set and there is no redis-server on PATH" : await startRedis(program, fsync);
}

/** It keeps what it took, as a queue of webhooks must, in the append-only file. */
async function startRedis(program: string, fsync: Fsync): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-redis-"));
  const port = await anyFreePort();
  const flags = { port: String(port), bind: "127.0.0.1", dir: folder, appendonly: "yes", appendfsync: fsync, save: "", "maxmemory-policy": "noeviction" };
  const child = spawn(program, Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]), { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until("Redis to answer", () => answers("127.0.0.1", port, 500), (there) => there, 10_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, stop };
}
