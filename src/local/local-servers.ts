import pg from "pg";
import { applyMigrations } from "../db/migrate/apply.ts";
import { postgresProblem } from "./database-check.ts";
import type { Parts } from "./parts.ts";
import { answers, freePortFrom, isPortFree } from "./ports.ts";
import { ensureDatabase, startPostgres } from "./postgres.ts";
import { StartError, type LocalSettings } from "./settings.ts";
import { resolveTemporalBinary } from "./temporal-binary.ts";
import { startTemporalServer } from "./temporal-server.ts";
import type { DataDir } from "./data-dir.ts";

export interface ServerContext {
  settings: LocalSettings;
  dataDir: DataDir;
  parts: Parts;
  say: (line: string) => void;
  /** Ports already given away in this start. */
  taken: Set<number>;
}

/** Takes the wished port or the next free one, and says so when it is another. */
export async function choosePort(context: Pick<ServerContext, "taken" | "say">, what: string, wished: number): Promise<number> {
  const port = await freePortFrom(wished, context.taken);
  context.taken.add(port);
  if (port !== wished) context.say(`Port ${wished} is taken: ${what} uses ${port}.`);
  return port;
}

/** Two starts at once may find the same port free; the loser takes the next one. */
async function onFreePorts(choose: () => Promise<number[]>, start: (ports: number[]) => Promise<unknown>): Promise<number[]> {
  for (let tries = 1; ; tries += 1) {
    const ports = await choose();
    try {
      await start(ports);
      return ports;
    } catch (error) {
      const lost = (await Promise.all(ports.map((port) => isPortFree(port)))).includes(false);
      if (!lost || tries === 5) throw error;
    }
  }
}

/** The database's address: DATABASE_URL, or the embedded Postgres, started. Its schema is up to date afterwards. */
export async function bringUpDatabase(context: ServerContext): Promise<string> {
  const { settings, dataDir, parts } = context;
  let databaseUrl = settings.config.databaseUrl;
  if (settings.embeddedPostgres) {
    let server: { adminUrl: string; url(database: string): string } | undefined;
    await onFreePorts(
      async () => [await choosePort(context, "Postgres", settings.ports.postgres)],
      ([port = 0]) =>
        parts.add({
          name: "postgres",
          start: async (launched) => {
            server = await startPostgres({ dir: dataDir.postgres, port, logFile: parts.logFile("postgres"), launched });
          },
        }),
    );
    if (server === undefined) throw new StartError("The local Postgres was not started.");
    await ensureDatabase(server.adminUrl, "waystation");
    databaseUrl = server.url("waystation");
  }
  try {
    await applyMigrations({ databaseUrl });
  } catch (error) {
    throw new StartError(`The database could not be brought up to date: ${oneLine(error)}`);
  }
  return databaseUrl;
}

/**
 * Asks a Postgres that is not ours for a sign of life, before anything is started.
 * @throws StartError
 */
export async function checkDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 8_000 });
  client.on("error", () => {});
  const { host, port, database } = client;
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string }>("SHOW server_version_num");
    const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
    if (version < 15) throw new StartError(`DATABASE_URL: ${host}:${port} runs Postgres ${version}; 15 or newer is needed.`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATABASE_URL: the database ${database ?? ""} at ${host}:${port} cannot be used (${postgresProblem(error)}).`);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The variables by which the processes reach Temporal: as given, or a local development server, started. */
export async function bringUpTemporal(context: ServerContext): Promise<NodeJS.ProcessEnv> {
  const { settings, dataDir, parts, say } = context;
  if (!settings.localTemporal) return {};
  const { path } = await resolveTemporalBinary("temporal", { say });
  const { temporalNamespace: namespace, publicUrl } = settings.config;
  const [port = 0, uiPort = 0] = await onFreePorts(
    async () => [
      await choosePort(context, "Temporal", settings.ports.temporal),
      await choosePort(context, "the Temporal Web UI", settings.ports.temporalUi),
    ],
    ([serverPort = 0, webPort = 0]) =>
      parts.add({
        name: "temporal",
        start: (launched) =>
          startTemporalServer({
            binary: path, dataFile: dataDir.temporalDb, port: serverPort, uiPort: webPort, namespace,
            codecEndpoint: `${publicUrl}/codec/${namespace}`, logFile: parts.logFile("temporal"), launched,
          }),
      }),
  );
  return { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_UI_URL: `http://127.0.0.1:${uiPort}` };
}

/** @throws StartError when nothing listens at TEMPORAL_ADDRESS. */
export async function checkTemporal(address: string | undefined): Promise<void> {
  if (address === undefined) return;
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new StartError(`TEMPORAL_ADDRESS: "${address}" is not host:port.`);
  if (!(await answers(host, Number(port), 8_000))) throw new StartError(`TEMPORAL_ADDRESS: nothing answers at ${address}.`);
}

export function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
}
