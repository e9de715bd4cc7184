import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runProgram } from "../../src/local/run-program.ts";
import { cacheFolder } from "../../src/local/temporal-binary.ts";

/** https://github.com/gitleaks/gitleaks, from its Go module: its sums are checked by Go's public log. */
const module = "github.com/zricethezav/gitleaks/v8";
const version = "v8.30.1";

export const project = resolve(import.meta.dirname, "../..");

/** Built into the cache when it is not there. @throws Error saying what is missing */
async function ensureGitleaks(): Promise<string> {
  const cache = await cacheFolder(process.env);
  const program = join(cache, `gitleaks-${version}`);
  if (existsSync(program)) return program;
  console.log(`Building gitleaks ${version} (once; kept in ${cache}).`);
  const work = await mkdtemp(join(cache, "build-"));
  try {
    const { code, stderr } = await runProgram("go", ["install", `${module}@${version}`], { timeoutMs: 600_000, cwd: work, env: { ...process.env, GOBIN: work, GOFLAGS: "" } });
    if (code !== 0) throw new Error(`gitleaks ${version} could not be built; it needs Go 1.24 or newer on PATH, and Go's module proxy once:\n${stderr.slice(-2_000)}`);
    await rename(join(work, "gitleaks"), program);
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface Leak {
  rule: string;
  file: string;
  line: number;
  secret: string;
}

/** What gitleaks finds with the project's own rules; `scan` is its subcommand with what follows it. */
export async function scanForSecrets(cwd: string, ...scan: string[]): Promise<Leak[]> {
  const program = await ensureGitleaks();
  const folder = await mkdtemp(join(tmpdir(), "waystation-gitleaks-"));
  try {
    const report = join(folder, "report.json");
    const { code, stderr } = await runProgram(program, [...scan, "--config", join(project, ".gitleaks.toml"), "--no-banner", "--no-color", "--exit-code", "0", "--report-format", "json", "--report-path", report], { timeoutMs: 240_000, cwd, env: process.env });
    if (code !== 0) throw new Error(`gitleaks ended with ${code}:\n${stderr.slice(-2_000)}`);
    const found = JSON.parse(await readFile(report, "utf8")) as { RuleID: string; File: string; StartLine: number; Secret: string }[];
    return found.map((leak) => ({ rule: leak.RuleID, file: leak.File, line: leak.StartLine, secret: leak.Secret }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For messages: a scan's report goes into logs, a secret doesn't. */
export function nameOf({ rule, file, line }: Leak): string {
  return `${rule} at ${file}:${line}`;
}
