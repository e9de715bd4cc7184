// The PostgreSQL server of a local run, as our own child, so that its end is seen at once. Production brings its own
// server and never loads this file.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { runAs } from "./postgres-account.ts";
import { clearLeftovers, ensureCluster, programEnvironment } from "./postgres-cluster.ts";
import { waitUntilGone } from "./processes.ts";

export interface PostgresOptions {
  /** The data directory; made when missing. Its password is kept beside it, in postgres-password. */
  dir: string;
  port: number;
  /** No fsync: for tests, whose data may be lost. */
  fast?: boolean;
  logFile: string;
}

export interface LocalPostgres {
  adminUrl: string;
  url(database: string): string;
  port: number;
  pid: number;
  stop(): Promise<void>;
  /** The server's exit code; null when a signal ended it. */
  exited: Promise<number | null>;
}

const READY_WITHIN_MS = 60_000;
const RETRY_FOR_MS = 15_000;
const STOP_WITHIN_MS = 15_000;
const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "timezone=UTC", "log_timezone=UTC"];
const fastSettings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dir = path.resolve(options.dir);
  await mkdir(path.dirname(dir), { recursive: true });
  await mkdir(path.dirname(path.resolve(options.logFile)), { recursive: true });
  const password = await passwordOf(dir);
  const { programs, account } = await ensureCluster(dir, password);
  const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${options.port}/${encodeURIComponent(database)}`;
  const values = [...settings, ...(options.fast === true ? fastSettings : [])];
  const flags = ["-D", dir, "-p", String(options.port), ...values.flatMap((value) => ["-c", value])];
  const { command, args, ...ids } = runAs(account, programs.postgres, flags, [dir]);

  const giveUpAt = Date.now() + RETRY_FOR_MS;
  for (;;) {
    await clearLeftovers(dir);
    const log = await open(options.logFile, "a", 0o600);
    const from = (await log.stat()).size;
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and we stop the server last.
    const child = spawn(command, args, { ...ids, cwd: "/", env: programEnvironment(), stdio: ["ignore", log.fd, log.fd], detached: true });
    const exited = exitOf(child);
    await log.close();
    if (await becomesReady(child, exited, url("postgres"))) {
      const pid = child.pid ?? 0;
      return { adminUrl: url("postgres"), url, port: options.port, pid, exited, stop: () => stop(child, exited) };
    }
    const said = (await readFile(options.logFile)).subarray(from).toString();
    // After a kill -9, sessions of the old server may take a moment to let go of its shared memory.
    if (/still in use|lock file .* already exists/.test(said) && Date.now() < giveUpAt) {
      await sleep(250);
      continue;
    }
    const causes = said.split("\n").filter((line) => /FATAL|could not/.test(line)).slice(0, 2).join(" | ");
    throw new Error(`PostgreSQL did not start on port ${options.port}: ${causes || said.trim().slice(-400)} (log: ${options.logFile})`);
  }
}

async function passwordOf(dir: string): Promise<string> {
  const file = path.join(path.dirname(dir), "postgres-password");
  if (!existsSync(file)) {
    if (existsSync(path.join(dir, "PG_VERSION"))) throw new Error(`The password of the database in ${dir} is missing: ${file}.`);
    await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  return (await readFile(file, "utf8")).trim();
}

/** False when the server ended before it answered. */
async function becomesReady(child: ChildProcess, exited: Promise<unknown>, adminUrl: string): Promise<boolean> {
  let ended = false;
  void exited.then(() => (ended = true));
  const until = Date.now() + READY_WITHIN_MS;
  while (!ended && Date.now() < until) {
    const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("SELECT 1");
      return !ended;
    } catch {
      await Promise.race([sleep(40), exited]);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  if (!ended) {
    child.kill("SIGKILL");
    await exited;
  }
  return false;
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill("SIGINT"); // the fast stop: sessions are cut off, everything is written
  if (!(await waitUntilGone(child.pid ?? 0, STOP_WITHIN_MS))) child.kill("SIGKILL");
  await exited;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code));
  });
}
