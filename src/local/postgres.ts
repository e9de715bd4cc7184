import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { launch, type Child } from "./child.ts";
import { postgresPassword } from "./first-run-keys.ts";
import { lastLine } from "./log-watch.ts";
import { runAs } from "./postgres-account.ts";
import { clearLeftovers, ensureCluster, programEnvironment } from "./postgres-cluster.ts";
import type { Launched } from "./supervisor.ts";

export interface PostgresOptions {
  /** The data folder; made when missing. Its password is kept beside it, in postgres-password. */
  dir: string;
  port: number;
  logFile: string;
  /** For tests: nothing has to survive a power cut. */
  fast?: boolean;
  launched?: Launched;
}

export interface LocalPostgres extends Child {
  port: number;
  adminUrl: string;
  /** Connection string of one database of the server. */
  url(database: string): string;
}

// Fits a small machine: the API and the workers together hold some 60 connections.
const settings = [
  "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "shared_buffers=128MB", "max_wal_size=512MB",
  "log_checkpoints=off", "log_timezone=UTC", "timezone=UTC",
];
const fastSettings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

const readyWithinMs = 60_000;
const retryForMs = 15_000;

/**
 * Starts the embedded Postgres on the folder, on 127.0.0.1 only, and waits until it answers. What a killed start or a
 * killed server left behind is cleared away first.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const directory = resolve(options.dir);
  const password = postgresPassword(join(dirname(directory), "postgres-password"));
  const { programs, account } = await ensureCluster(directory, password);
  const values = [...settings, ...(options.fast === true ? fastSettings : [])];
  const args = ["-D", directory, "-p", String(options.port), ...values.flatMap((value) => ["-c", value])];
  const run = runAs(account, programs.postgres, args, [directory]);
  const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${options.port}/${encodeURIComponent(database)}`;

  for (const giveUpAt = performance.now() + retryForMs; ; ) {
    await clearLeftovers(directory);
    // SIGINT is Postgres's fast stop: sessions are cut off, everything is written. SIGQUIT leaves it to recovery.
    const child = await launch({
      ...run, env: programEnvironment(), cwd: "/", logFile: options.logFile, stopSignal: "SIGINT", graceMs: 10_000, killSignal: "SIGQUIT",
    });
    options.launched?.(child);
    const problem = await waitUntilReady(child, url("postgres"));
    if (problem === undefined) return { ...child, port: options.port, adminUrl: url("postgres"), url };
    const said = lastLine(options.logFile) ?? problem;
    // Where single sessions can't be found and ended (not Linux), they may hold the shared memory for a moment.
    if (/still in use|lock file .* already exists/.test(said) && performance.now() < giveUpAt) await sleep(250);
    else throw new Error(`The local Postgres did not start on port ${options.port}: ${said}`);
  }
}

/** Says what is wrong when the server will not become ready; it has ended then. */
async function waitUntilReady(child: Child, url: string): Promise<string | undefined> {
  let ended: string | undefined;
  void child.exited.then((reason) => (ended = reason));
  for (const deadline = performance.now() + readyWithinMs; ; await sleep(50)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return undefined;
    } catch (error) {
      if (ended !== undefined) return ended;
      const refused = (error as { code?: string }).code === "28P01";
      if (refused || performance.now() > deadline) {
        await child.stop();
        return refused ? "the file postgres-password does not belong to this database" : "it did not answer in time";
      }
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Creates the database unless it is there. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
