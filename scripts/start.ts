/** What `npm start` runs once everything is installed: brings up the servers and the product's processes, and keeps them up. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { ConfigError, loadConfig, type Config } from "../src/config/config.ts";
import { applyMigrations } from "../src/db/migrate/apply.ts";
import { prepareFirstRun, type FirstRun } from "../src/local/first-run.ts";
import { forgetChild, lockDataDir, rememberChild, stopOrphan } from "../src/local/lock.ts";
import { freePort, isPortFree } from "../src/local/ports.ts";
import { startPostgres, type LocalPostgres } from "../src/local/postgres.ts";
import { launch, supervise, tailOf, type Child, type Supervised } from "../src/local/supervisor.ts";
import { resolveTemporalBinary } from "../src/local/temporal-binary.ts";
import { startTemporalServer } from "../src/local/temporal-server.ts";
import { describeApiKey } from "../src/security/api-keys.ts";

const project = dirname(import.meta.dirname);
const startedAt = Number(process.env["WAYSTATION_STARTED_AT"]) || Date.now();
const localTargets = "127.0.0.0/8";
const database = "waystation";
const readyWithinMs = 120_000;

/** A reason to give up that the person at the terminal can act on: shown without a stack. */
class StartError extends Error {
  override readonly name = "StartError";
}
class Stopped extends Error {
  override readonly name = "Stopped";
}

const say = (line: string): void => console.log(line);
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

interface LocalPorts {
  postgres: number;
  temporal: number;
  temporalUi: number;
}

function readPort(name: string, fallback: number, problems: string[]): number {
  const text = process.env[name] || String(fallback);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push(`${name}: "${text}" is not a port`);
  return port;
}

/** Checks the whole environment before anything is started; what a local installation makes itself is stood in for. */
function readSettings(): { config: Config; ports: LocalPorts } {
  if (existsSync(join(project, ".env"))) process.loadEnvFile(join(project, ".env"));
  const problems: string[] = [];
  const ports: LocalPorts = {
    postgres: readPort("LOCAL_POSTGRES_PORT", 5433, problems),
    temporal: readPort("LOCAL_TEMPORAL_PORT", 7233, problems),
    temporalUi: readPort("LOCAL_TEMPORAL_UI_PORT", 8233, problems),
  };
  const bootstrapKey = process.env["BOOTSTRAP_API_KEY"];
  if (bootstrapKey && describeApiKey(bootstrapKey) === undefined) problems.push("BOOTSTRAP_API_KEY: is not a key of this product");
  const standIns: Record<string, string> = { DATABASE_URL: "postgresql://127.0.0.1/local" };
  if (process.env["NODE_ENV"] !== "production") standIns["ENCRYPTION_KEYS"] = `k1:${Buffer.alloc(32).toString("base64")}`;
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
  try {
    const config = loadConfig({ ...standIns, ...given });
    if (problems.length === 0) return { config, ports };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.unshift(...error.message.replace(/^Configuration is invalid: /, "").split("; "));
  }
  throw new StartError(problems.join("\n"));
}

/** In the order in which they stop: each may rely on those after it until it has ended. */
const stopOrder = ["api", "worker", "sandbox", "temporal", "postgres"] as const;
type Part = (typeof stopOrder)[number];
const titles: Record<Part, string> = { api: "The API", worker: "The worker", sandbox: "The provider sandbox", temporal: "The Temporal server", postgres: "PostgreSQL" };

let stopping = false;
let giveUp: (part: Part) => void = () => undefined;
const running = new Map<Part, Supervised>();

function failIfStopping(): void {
  if (stopping) throw new Stopped();
}

async function keepUp(part: Part, dataDir: string, start: () => Promise<Child>): Promise<void> {
  failIfStopping();
  const supervised = await supervise({
    name: titles[part],
    start,
    onLine: say,
    onStarted: (child) => rememberChild(dataDir, part, child.pid),
    onGiveUp: () => giveUp(part),
  });
  running.set(part, supervised);
  failIfStopping();
}

async function stopAll(dataDir: string): Promise<void> {
  for (const part of stopOrder) {
    await running.get(part)?.close();
    await forgetChild(dataDir, part);
  }
}

async function choosePort(name: string, preferred: number, taken: Set<number>): Promise<number> {
  const port = await freePort(preferred, taken);
  taken.add(port);
  if (port !== preferred) say(`Port ${preferred} is taken; ${name} uses ${port}.`);
  return port;
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
}

/** Starts the embedded Postgres unless DATABASE_URL names another, and brings the schema up to date. */
async function bringUpDatabase(config: Config, first: FirstRun, port: number): Promise<string> {
  let url = process.env["DATABASE_URL"];
  if (!url) {
    let server: LocalPostgres | undefined;
    const options = { dir: join(config.dataDir, "postgres"), port, logFile: join(first.logDir, "postgres.log") };
    await keepUp("postgres", config.dataDir, async () => (server = await startPostgres(options)));
    if (server === undefined) throw new StartError("PostgreSQL did not start.");
    await createDatabase(server.adminUrl);
    url = server.url(database);
  }
  failIfStopping();
  try {
    await applyMigrations({ databaseUrl: url });
  } catch (error) {
    const reason = error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
    throw new StartError(`The database at ${new URL(url).host} could not be prepared: ${reason}`);
  }
  return url;
}

function hasOwnTemporal(): boolean {
  return ["TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"].some((name) => Boolean(process.env[name]));
}

/** Starts the local Temporal server unless the environment names another; gives what the processes need to reach it. */
async function bringUpTemporal(config: Config, first: FirstRun, port: number, uiPort: number): Promise<Record<string, string>> {
  if (hasOwnTemporal()) return {};
  const { path } = await resolveTemporalBinary("temporal", { say });
  const options = {
    binary: path, port, uiPort, namespace: config.temporalNamespace, dataFile: join(config.dataDir, "temporal.db"),
    codecEndpoint: `${config.publicUrl}/codec/{namespace}`, logFile: join(first.logDir, "temporal.log"),
  };
  await keepUp("temporal", config.dataDir, () => startTemporalServer(options));
  return { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_UI_URL: `http://127.0.0.1:${uiPort}` };
}

/** Both servers at once; a failure of one is reported only when the other has settled, so that nothing is lost sight of. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

/** The sandbox is started unless SANDBOX_URL points to another machine. */
async function sandboxUrl(taken: Set<number>): Promise<{ url: string; local: boolean }> {
  const given = process.env["SANDBOX_URL"];
  if (!given) return { url: `http://127.0.0.1:${await choosePort("the provider sandbox", 3001, taken)}`, local: true };
  const url = new URL(given);
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const port = Number(url.port || 80);
  if (local && !(await isPortFree(port))) throw new StartError(`SANDBOX_URL's port ${port} is already in use.`);
  return { url: given, local };
}

/** Waits until the API says that it, the database and Temporal are there. */
async function waitUntilReady(config: Config): Promise<void> {
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "[::1]" : config.host.includes(":") ? `[${config.host}]` : config.host;
  const url = `http://${host}:${config.port}/health/ready`;
  let last = "no answer";
  for (const end = Date.now() + readyWithinMs; Date.now() < end; ) {
    failIfStopping();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
      const text = await response.text();
      if (response.status === 200) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch {
      // Not listening yet.
    }
    await sleep(100);
  }
  throw new StartError(`The API did not become ready within ${readyWithinMs / 1000} s (${last}).`);
}

function printSummary(config: Config, first: FirstRun, temporalUiUrl: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const keyLine = process.env["BOOTSTRAP_API_KEY"] ? "BOOTSTRAP_API_KEY, as given" : first.adminApiKeyFile;
  say(`
Waystation is ready (${seconds} s).

  Console          ${config.publicUrl}/console/
  API              ${config.publicUrl}  (reference: ${config.publicUrl}/docs)
  Temporal Web UI  ${temporalUiUrl}
  Administrator    ${keyLine}
  Logs             ${first.logDir}

Press Ctrl-C to stop.`);
}

async function bringUp(config: Config, ports: LocalPorts, first: FirstRun): Promise<void> {
  for (const part of stopOrder) {
    if (part !== "postgres" && (await stopOrphan(config.dataDir, part))) say(`${titles[part]} of an earlier start still ran and was stopped.`);
  }
  if (!(await isPortFree(config.port, config.host))) {
    throw new StartError(`Port ${config.port} on ${config.host} is already in use: stop what listens there, or set PORT.`);
  }
  const taken = new Set([config.port]);
  const postgresPort = process.env["DATABASE_URL"] ? 0 : await choosePort("PostgreSQL", ports.postgres, taken);
  const temporalPort = hasOwnTemporal() ? 0 : await choosePort("the Temporal server", ports.temporal, taken);
  const temporalUiPort = hasOwnTemporal() ? 0 : await choosePort("the Temporal Web UI", ports.temporalUi, taken);
  const sandbox = await sandboxUrl(taken);

  say("Starting PostgreSQL and the Temporal server");
  const [databaseUrl, temporal] = await both(
    bringUpDatabase(config, first, postgresPort),
    bringUpTemporal(config, first, temporalPort, temporalUiPort),
  );
  failIfStopping();

  const env: NodeJS.ProcessEnv = {
    ...process.env, ...temporal, DATABASE_URL: databaseUrl, SANDBOX_URL: sandbox.url, DATA_DIR: config.dataDir, PUBLIC_URL: config.publicUrl,
    ENCRYPTION_KEYS: process.env["ENCRYPTION_KEYS"] || first.encryptionKeys,
    BOOTSTRAP_API_KEY: process.env["BOOTSTRAP_API_KEY"] || first.adminApiKey,
  };
  if (env["ALLOW_PRIVATE_WEBHOOK_TARGETS"] === undefined) {
    env["ALLOW_PRIVATE_WEBHOOK_TARGETS"] = localTargets;
    say(`Outbound webhooks may reach this machine (ALLOW_PRIVATE_WEBHOOK_TARGETS=${localTargets}); set it to change that.`);
  }
  say("Starting the API, the worker and the provider sandbox");
  const parts: Part[] = sandbox.local ? ["sandbox", "worker", "api"] : ["worker", "api"];
  const started = parts.map((part) =>
    keepUp(part, config.dataDir, () =>
      launch({ command: process.execPath, args: [join(project, part, "main.ts")], cwd: project, env, logFile: join(first.logDir, `${part}.log`) }),
    ),
  );
  await Promise.allSettled(started);
  await Promise.all(started);
  await waitUntilReady(config);
  printSummary(config, first, temporal["TEMPORAL_UI_URL"] ?? config.temporalUiUrl);
}

/** Runs until a signal or a part that cannot be kept up; gives the exit code. */
async function main(): Promise<number> {
  const { config, ports } = readSettings();
  const first = await prepareFirstRun(config.dataDir);
  const lock = await lockDataDir(config.dataDir);
  let exitCode = 0;
  const end = new Promise<void>((done) => {
    const stop = (code: number, line: string): void => {
      if (stopping) return; // A terminal and npm may both pass on the same Ctrl-C.
      stopping = true;
      exitCode = code;
      say(line);
      done();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(0, "\nStopping"));
    giveUp = (part) => {
      const log = join(first.logDir, `${part}.log`);
      void tailOf(log).then((tail) => stop(1, `${titles[part]} cannot start. The end of ${log}:\n${tail}`));
    };
  });
  const up = bringUp(config, ports, first).catch((error: unknown) => {
    if (error instanceof Stopped || stopping) return;
    stopping = true;
    exitCode = 1;
    console.error(error instanceof Error ? error.message : String(error));
    throw error;
  });
  // A stop waits for the start under way, so that what it has just started is stopped too.
  await Promise.race([end, up.then(() => end, () => undefined)]);
  await Promise.race([up.catch(() => undefined), sleep(30_000, undefined, { ref: false })]);
  await stopAll(config.dataDir);
  await lock.release();
  if (exitCode === 0) say("Stopped.");
  return exitCode;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
