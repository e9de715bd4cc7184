import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DataDir } from "./data-dir.ts";
import { localPostgresPassword } from "./first-run-keys.ts";
import { lastLine } from "./log-watch.ts";
import { freePortFrom } from "./ports.ts";
import { runAs } from "./postgres-account.ts";
import { clearLeftovers, ensureCluster, programEnvironment } from "./postgres-cluster.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export interface LocalPostgres {
  port: number;
  /** Connection string of one database of the server. */
  url(database: string): string;
  server: Supervised;
}

export interface LocalPostgresOptions {
  dataDir: DataDir;
  /** The wished port; the next free one is taken when something else has it. */
  port: number;
  say: (line: string) => void;
  /** For tests: nothing has to survive a power cut. */
  throwAway?: boolean;
}

// Fits a small machine: the API and the workers together hold some 40 connections.
const settings = ["max_connections=100", "shared_buffers=128MB", "max_wal_size=512MB", "log_min_messages=warning", "log_timezone=UTC", "timezone=UTC"];
const throwAwaySettings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];

const readyTimeoutMs = 60_000;

/** Starts the embedded Postgres on the data folder, on 127.0.0.1 only, and keeps it running until it is stopped. */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const { dataDir, say } = options;
  const directory = resolve(dataDir.postgres);
  const password = localPostgresPassword(dataDir);
  const { programs, account } = await ensureCluster(directory, password);
  if (await clearLeftovers(directory)) say("Postgres of an earlier start was still running; it has been stopped.");
  const port = await freePortFrom(options.port);
  if (port !== options.port) say(`Port ${options.port} is taken by something else: Postgres uses ${port}.`);

  const values = [...settings, ...(options.throwAway ? throwAwaySettings : []), "listen_addresses=127.0.0.1", "unix_socket_directories="];
  const args = ["-D", directory, "-p", String(port), ...values.flatMap((value) => ["-c", value])];
  const server = supervise(
    {
      name: "postgres",
      ...runAs(account, programs.postgres, args, [directory]),
      env: programEnvironment(),
      cwd: "/",
      // SIGINT is Postgres's fast stop: sessions are ended, everything is written.
      stopSteps: [{ signal: "SIGINT", waitMs: 10_000 }, { signal: "SIGQUIT", waitMs: 3_000 }],
      beforeStart: async () => void (await clearLeftovers(directory)),
    },
    { dataDir, say },
  );
  const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  await server.start();
  try {
    await waitUntilReady(url("postgres"), server, join(dataDir.logs, "postgres.log"));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { port, url, server };
}

async function waitUntilReady(url: string, server: Supervised, log: string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === "28P01") throw new Error("The local Postgres refused its password: the file postgres-password does not belong to this DATA_DIR.");
      if (performance.now() > deadline || server.crashes >= 4) {
        throw new Error(`The local Postgres did not start: ${lastLine(log) ?? (error instanceof Error ? error.message : String(error))}`);
      }
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(100);
  }
}

/** Creates the database unless it is there. */
export async function ensureDatabase(postgres: Pick<LocalPostgres, "url">, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
