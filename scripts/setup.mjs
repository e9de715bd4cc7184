// What `npm start` and `npm test` need before anything else can run. Node's own modules only, Node 20.3 or newer:
// this runs before the dependencies are there.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(project, ...parts);
const print = (line) => console.log(line);

/** The Node that the project runs on, from its dependencies. */
export function node24() {
  const program = at("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(program)) throw new Error(`Node 24 is missing from node_modules (${program}). Run "npm ci" and look for errors of its install script.`);
  return program;
}

/** The environment in which the project's programs run: `node` means Node 24 in it. */
export function projectEnvironment(extra = {}) {
  return { ...process.env, PATH: [at("node_modules", ".bin"), process.env.PATH].join(path.delimiter), ...extra };
}

export async function ensureInstalled({ progress = print } = {}) {
  const marker = at("node_modules", ".waystation-lock-hash");
  const hash = await hashOf([at("package-lock.json")]);
  if ((await textOf(marker)) === hash) return;
  await run("Installing dependencies", npm(), ["ci", "--no-audit", "--no-fund"], { progress, env: process.env });
  await writeFile(marker, hash);
}

/** The database client that Prisma writes from the schema. */
export async function ensureGenerated({ progress = print } = {}) {
  const target = at("src", "generated");
  const marker = path.join(target, ".schema-hash");
  const hash = await hashOf([at("prisma", "schema.prisma"), at("package-lock.json")]);
  if ((await textOf(marker)) === hash && existsSync(path.join(target, "prisma", "client.ts"))) return;
  await run("Generating the database client", node24(), [at("node_modules", "prisma", "build", "index.js"), "generate"], {
    progress,
    // Generating needs no schema engine, but looks for one to download. For this one child only: with it, migrating does nothing.
    env: projectEnvironment({ PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" }),
  });
  await mkdir(target, { recursive: true });
  await writeFile(marker, hash);
}

export async function ensureConsole({ progress = print } = {}) {
  if (!existsSync(at("console", "vite.config.ts"))) return;
  const marker = at("console", "dist", ".sources-hash");
  const hash = await hashOf([...(await filesBelow(at("console"))), at("package-lock.json")]);
  if ((await textOf(marker)) === hash) return;
  await run("Building the console", node24(), [at("node_modules", "vite", "bin", "vite.js"), "build", "console"], { progress, env: projectEnvironment() });
  await mkdir(path.dirname(marker), { recursive: true });
  await writeFile(marker, hash);
}

function npm() {
  return process.platform === "win32" ? "npm.cmd" : "npm";
}

async function textOf(file) {
  return readFile(file, "utf8").catch(() => undefined);
}

async function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    if (files.length > 1) hash.update(`\0${path.relative(project, file)}\0`);
    hash.update(await readFile(file));
  }
  return hash.digest("hex");
}

async function filesBelow(folder) {
  const files = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === "dist" || entry.name === "node_modules") continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(full)));
    else if (entry.isFile()) files.push(full);
  }
  return files.sort((a, b) => (a < b ? -1 : 1));
}

/** Runs a program in silence, saying now and then how long it has been at it; its last words are shown when it fails. */
async function run(what, program, args, { progress, env }) {
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  progress(`${what} …`);
  const ticker = setInterval(() => progress(`${what} … ${elapsed()}`), 10_000);
  let output = "";
  const keep = (chunk) => (output = (output + chunk).slice(-20_000));
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"], shell: program.endsWith(".cmd") });
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code === 0) return progress(`${what}: done in ${elapsed()}`);
  } catch (error) {
    output += `\n${error.message}`;
  } finally {
    clearInterval(ticker);
  }
  throw new Error(`${what} failed after ${elapsed()}:\n${output.trim().split("\n").slice(-25).join("\n")}`);
}
