// What `npm start` runs once everything is installed: brings the product up, keeps it up, and takes it down again.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockDataDir, openDataDir, type DataDir } from "../src/local/data-dir.ts";
import { createParts, type Parts } from "../src/local/parts.ts";
import { anyFreePort } from "../src/local/ports.ts";
import { readSettings, type LocalSettings } from "../src/local/settings.ts";
import { startLocal, type Started } from "../src/local/start-local.ts";

const project = resolve(import.meta.dirname, "..");
const stopWithinMs = 20_000;
// One press of Ctrl-C may arrive twice: from the terminal and passed on by npm. Only a later one presses harder.
const secondSignalAfterMs = 1_000;

const startedAt = Number(process.env["WAYSTATION_STARTED_AT"]) || Date.now();
delete process.env["WAYSTATION_STARTED_AT"];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
// A terminal that has gone away must not end us half-way through a stop.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

async function settingsFromEnvironment(): Promise<LocalSettings> {
  const file = join(project, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
  const settings = readSettings(process.env);
  return settings.config.port === 0 ? readSettings({ ...process.env, PORT: String(await anyFreePort()) }) : settings;
}

function summary(settings: LocalSettings, dataDir: DataDir, started: Started): void {
  const { publicUrl } = settings.config;
  say("");
  say(`Waystation is ready, after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  say(`  Console            ${publicUrl}/console/`);
  say(`  API                ${publicUrl} (reference: ${publicUrl}/docs)`);
  say(`  Temporal Web UI    ${started.temporalUiUrl}`);
  say(`  Administrator key  ${started.adminKeyFile ?? "as given by BOOTSTRAP_API_KEY"}`);
  say(`  Logs               ${dataDir.logs}`);
  say("Stop it with Ctrl-C.");
}

/** Resolves with the reason to stop; calls `harder` when a person asks again. */
function untilAsked(harder: () => void): Promise<string> {
  return new Promise((resolveReason) => {
    let askedAt: number | undefined;
    const ask = (reason: string): void => {
      if (askedAt === undefined) {
        askedAt = performance.now();
        resolveReason(reason);
      } else if (performance.now() - askedAt > secondSignalAfterMs) harder();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ask(signal));
    process.on("disconnect", () => ask("the starting process has gone"));
    process.channel?.unref();
  });
}

async function run(settings: LocalSettings, dataDir: DataDir, parts: Parts): Promise<number> {
  const abort = new AbortController();
  const asked = untilAsked(() => {
    say("Stopping at once.");
    void parts.kill();
  });
  const starting = startLocal({ settings, dataDir, parts, say, signal: abort.signal }).then((started) => summary(settings, dataDir, started));
  let exitCode = 0;
  let reason: string | undefined;
  try {
    reason = await Promise.race([asked, starting.then(() => asked)]);
    say(reason.startsWith("SIG") ? "Stopping." : `Stopping: ${reason}.`);
  } catch (error) {
    exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  abort.abort();
  await parts.stop(stopWithinMs);
  // A start that was under way notices that it is no longer wanted; what it still began has been stopped by then.
  await Promise.race([starting.catch(() => {}), sleep(2_000, undefined, { ref: false })]);
  await parts.stop(stopWithinMs);
  if (exitCode === 0) say("Stopped.");
  return exitCode;
}

async function main(): Promise<number> {
  const settings = await settingsFromEnvironment();
  // Whatever is made from here on is this user's alone.
  process.umask(0o077);
  const dataDir = openDataDir(settings.config.dataDir);
  const unlock = lockDataDir(dataDir);
  try {
    return await run(settings, dataDir, createParts(dataDir, say));
  } finally {
    unlock();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
