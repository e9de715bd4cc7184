import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from "@temporalio/worker";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "../src/lib/logger.ts";
import { failureConverterPath } from "../src/temporal/codec.ts";

export const workflowsPath = fileURLToPath(new URL("../workflows/index.ts", import.meta.url));

const project = fileURLToPath(new URL("..", import.meta.url));
const sources = ["workflows", "src/domain", "src/temporal/failure-converter.ts", "package-lock.json"];
const bundler = fileURLToPath(new URL("./bundle-workflows.ts", import.meta.url));

/**
 * The workflows as one file, made in a process of its own and kept for as long as its sources stay: what makes it takes a
 * hundred megabytes and two seconds, which a worker that was killed a moment ago does not have.
 */
export async function keptBundle(folder: string, logger: Logger): Promise<WorkflowBundleOption> {
  const codePath = join(folder, `workflows-${fingerprint()}.js`);
  if (existsSync(codePath)) return { codePath };
  try {
    mkdirSync(folder, { recursive: true });
    await runBundler(codePath);
    dropOlder(folder, codePath);
    return { codePath };
  } catch (error) {
    logger.warn({ err: error, folder }, "the workflows' bundle could not be kept; it is made in this process");
    return await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("ERROR"), failureConverterPath });
  }
}

/** Writes the bundle; it takes its place whole, so that two workers may make it at once. */
export async function writeBundle(codePath: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("ERROR"), failureConverterPath });
  const aside = `${codePath}.${process.pid}`;
  writeFileSync(aside, code);
  renameSync(aside, codePath);
}

function runBundler(codePath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", bundler, codePath], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString("utf8")}`.slice(-2_000)));
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the bundler ended with ${code}: ${said}`))));
  });
}

function fingerprint(): string {
  const hash = createHash("sha256").update(process.version);
  for (const source of sources) for (const file of filesOf(join(project, source))) hash.update(file.slice(project.length)).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")).toSorted().map((name) => join(path, name));
}

function dropOlder(folder: string, kept: string): void {
  for (const name of readdirSync(folder)) if (/^workflows-[0-9a-f]{16}\.js$/.test(name) && name !== basename(kept)) rmSync(join(dirname(kept), name), { force: true });
}
