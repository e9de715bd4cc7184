import { setTimeout as sleep } from "node:timers/promises";
import { join, resolve } from "node:path";
import { launch } from "./child.ts";
import { readMark, removeMark, type DataDir } from "./data-dir.ts";
import { localAdminKey, localEncryptionKeys } from "./first-run-keys.ts";
import { lastLine } from "./log-watch.ts";
import { bringUpDatabase, bringUpTemporal, checkDatabase, checkTemporal, choosePort, type ServerContext } from "./local-servers.ts";
import { stopOrder, type Parts } from "./parts.ts";
import { isPortFree } from "./ports.ts";
import { endProcess, isRunning } from "./processes.ts";
import { StartError, type LocalSettings } from "./settings.ts";

const project = resolve(import.meta.dirname, "../..");
const exitWithParent = join(import.meta.dirname, "exit-with-parent.ts");
const localTargets = "127.0.0.0/8";
// The heap would else grow to several times what lives in it before it is swept. The same stand in package.json.
const heapFlags = { api: ["--max-semi-space-size=8", "--heap-growing-percent=60"], worker: ["--max-semi-space-size=16", "--heap-growing-percent=60"], sandbox: [] };
const readyWithinMs = 120_000;
const crashesBeforeGivingUp = 4;

/** The product's own processes; tests put stand-ins here. */
export interface Entries {
  api: string;
  worker: string;
  sandbox: string;
}
export const productEntries: Entries = {
  api: join(project, "api/main.ts"),
  worker: join(project, "worker/main.ts"),
  sandbox: join(project, "sandbox/main.ts"),
};

export interface StartOptions {
  settings: LocalSettings;
  dataDir: DataDir;
  parts: Parts;
  say: (line: string) => void;
  entries?: Entries;
  /** Aborted when the person no longer wants it to start. */
  signal: AbortSignal;
}

export interface Started {
  temporalUiUrl: string;
  /** Undefined when the key came from the environment. */
  adminKeyFile: string | undefined;
}

/** Ends what a killed start left running on the folder. */
async function endLeftovers(dataDir: DataDir, say: (line: string) => void): Promise<void> {
  for (const name of stopOrder) {
    const mark = readMark(dataDir, name);
    if (mark !== undefined && isRunning(mark)) {
      say(`${name} of an earlier start was still running (process ${mark.pid}); stopping it.`);
      await endProcess(mark.pid, [{ signal: name === "postgres" ? "SIGINT" : "SIGTERM", waitMs: 10_000 }, { signal: "SIGKILL", waitMs: 3_000 }]);
    }
    removeMark(dataDir, name);
  }
}

/** Where the sandbox runs when SANDBOX_URL names a place on this machine; undefined when it is elsewhere or unset. */
function localSandbox(settings: LocalSettings): { host: string; port: number } | undefined {
  const given = settings.given["SANDBOX_URL"];
  if (given === undefined) return undefined;
  const { hostname, port } = new URL(given);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return undefined;
  return { host: hostname.replace(/[[\]]/g, ""), port: Number(port || 80) };
}

/** @throws StartError when a port that was asked for by name is not to be had. */
async function checkPorts(settings: LocalSettings): Promise<void> {
  const { host, port } = settings.config;
  if (!(await isPortFree(port, host))) throw new StartError(`Port ${port} on ${host} is in use: stop what listens there, or set PORT to another.`);
  const sandbox = localSandbox(settings);
  if (sandbox !== undefined && !(await isPortFree(sandbox.port, sandbox.host))) {
    throw new StartError(`SANDBOX_URL: port ${sandbox.port} is in use: stop what listens there, or set another.`);
  }
}

function environmentFor(settings: LocalSettings, dataDir: DataDir, found: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { given, config } = settings;
  const env: NodeJS.ProcessEnv = { ...given };
  if (settings.localTemporal) {
    // The local server knows neither keys nor TLS; a profile of the user's CLI would bring them in. A missing file
    // counts as no profile, an empty one breaks the SDK's reader.
    for (const name of Object.keys(env)) if (/^TEMPORAL_(API_KEY|TLS|GRPC_META)/.test(name)) delete env[name];
    env["TEMPORAL_CONFIG_FILE"] = join(dataDir.path, "run", "no-temporal-profile.toml");
  }
  return {
    ...env,
    HOST: config.host,
    PORT: String(config.port),
    PUBLIC_URL: config.publicUrl,
    DATA_DIR: dataDir.path,
    TEMPORAL_NAMESPACE: config.temporalNamespace,
    TEMPORAL_UI_URL: config.temporalUiUrl,
    ENCRYPTION_KEYS: given["ENCRYPTION_KEYS"] ?? localEncryptionKeys(dataDir),
    BOOTSTRAP_API_KEY: given["BOOTSTRAP_API_KEY"] ?? localAdminKey(dataDir).value,
    // A process that is started again, after a kill say, need not compile everything anew.
    NODE_COMPILE_CACHE: given["NODE_COMPILE_CACHE"] ?? join(dataDir.path, "cache", "compile"),
    ALLOW_PRIVATE_WEBHOOK_TARGETS: given["ALLOW_PRIVATE_WEBHOOK_TARGETS"] ?? localTargets,
    ...found,
  };
}

async function waitUntilReady(options: StartOptions, healthUrl: string): Promise<void> {
  const { parts, signal } = options;
  let last = "it does not answer";
  for (const deadline = performance.now() + readyWithinMs; performance.now() < deadline; await sleep(100, undefined, { signal })) {
    const crashed = stopOrder.find((name) => (parts.get(name)?.crashes ?? 0) >= crashesBeforeGivingUp);
    if (crashed !== undefined) {
      throw new StartError(`${crashed} cannot start: ${lastLine(parts.logFile(crashed)) ?? "it left no message"} (log: ${parts.logFile(crashed)})`);
    }
    try {
      const answer = await fetch(healthUrl, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
      const text = await answer.text();
      if (answer.status === 200) return;
      last = `it answers ${answer.status} ${text.slice(0, 300)}`;
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new StartError(`The API did not become ready within ${readyWithinMs / 1000} s: ${last}. Logs: ${options.dataDir.logs}`);
}

function healthUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}/health/ready`;
}

/**
 * Brings everything up and resolves once the API says it is ready. Every program is in `parts` from its first moment,
 * whatever happens here, so that the caller can stop them all.
 * @throws StartError
 */
export async function startLocal(options: StartOptions): Promise<Started> {
  const { settings, dataDir, parts, say, signal, entries = productEntries } = options;
  const { config } = settings;
  await endLeftovers(dataDir, say);
  await checkPorts(settings);
  const context: ServerContext = { settings, dataDir, parts, say, taken: new Set([config.port]) };
  if (!settings.embeddedPostgres) await checkDatabase(config.databaseUrl);
  if (!settings.localTemporal) await checkTemporal(config.temporalAddress);

  say(`Starting ${settings.embeddedPostgres ? "Postgres" : "migrations"}${settings.localTemporal ? " and Temporal" : ""}.`);
  // Both are awaited even when one fails: none may be left half started.
  const [database, temporal] = await Promise.allSettled([bringUpDatabase(context), bringUpTemporal(context)]);
  signal.throwIfAborted();
  if (database.status === "rejected") throw database.reason;
  if (temporal.status === "rejected") throw temporal.reason;

  const sandboxUrl = settings.given["SANDBOX_URL"] ?? `http://127.0.0.1:${await choosePort(context, "the provider sandbox", 3001)}`;
  const env = environmentFor(settings, dataDir, { ...temporal.value, DATABASE_URL: database.value, SANDBOX_URL: sandboxUrl });
  if (settings.given["ALLOW_PRIVATE_WEBHOOK_TARGETS"] === undefined) {
    say(`Outbound webhooks may reach this machine (ALLOW_PRIVATE_WEBHOOK_TARGETS=${localTargets}, the default of npm start).`);
  }
  say("Starting the sandbox, the worker and the API.");
  for (const name of ["sandbox", "worker", "api"] as const) {
    if (name === "sandbox" && settings.given["SANDBOX_URL"] !== undefined && localSandbox(settings) === undefined) continue;
    const args = [...heapFlags[name], "--disable-warning=ExperimentalWarning", "--import", exitWithParent, entries[name]];
    await parts.add({
      name,
      start: async (launched) => {
        launched(await launch({ command: process.execPath, args, cwd: project, env, channel: true, logFile: parts.logFile(name) }));
      },
    });
  }
  await waitUntilReady(options, healthUrl(config.host, config.port));
  return {
    temporalUiUrl: env["TEMPORAL_UI_URL"] ?? config.temporalUiUrl,
    adminKeyFile: settings.given["BOOTSTRAP_API_KEY"] === undefined ? dataDir.adminKeyFile : undefined,
  };
}
