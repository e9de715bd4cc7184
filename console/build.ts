import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const here = import.meta.dirname;
const root = join(here, "..");

/** What the built console is made of. */
const sources = [
  join(here, "src"), join(here, "public"), join(here, "index.html"), join(here, "vite.config.ts"),
  join(root, "src", "domain"), join(root, "package-lock.json"),
];

/** Builds the console into console/dist, unless what is there is newer than its sources. Says whether it built. */
export async function buildConsoleIfStale(): Promise<boolean> {
  const built = await newestChange(join(here, "dist", "index.html"));
  const changes = await Promise.all(sources.map(newestChange));
  if (built > Math.max(...changes)) return false;
  await buildConsole();
  return true;
}

/**
 * Runs Vite in a process of its own: it takes NODE_ENV from its surroundings, and under "test" React's development build
 * would be packed; and it sets NODE_ENV, which must not leak into whoever asks for the build.
 */
async function buildConsole(): Promise<void> {
  const vite = join(createRequire(import.meta.url).resolve("vite/package.json"), "..", "bin", "vite.js");
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, [vite, "build", here, "--logLevel", "warn"], { env });
}

/** The latest change of a file or of anything in a folder, in milliseconds; 0 when it does not exist. */
async function newestChange(path: string): Promise<number> {
  const own = await stat(path).catch(() => null);
  if (own === null) return 0;
  if (!own.isDirectory()) return own.mtimeMs;
  const names = await readdir(path);
  const inside = await Promise.all(names.map((name) => newestChange(join(path, name))));
  return Math.max(own.mtimeMs, ...inside);
}
