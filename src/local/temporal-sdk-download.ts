import { readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";
import { releases, type Release, type ServerName } from "./temporal-releases.ts";

const silenceLimitMs = 10_000;
const downloadTimeoutMs = 5 * 60_000;

function bytesIn(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0; // A file moved away while it was being counted; the next count is right.
  }
}

/**
 * Lets the SDK download its server. The SDK offers no download without a start and no way to break one off, so it
 * runs in a process of its own, which is ended once no byte has arrived for ten seconds.
 */
export async function fetchFromSdk(release: Release, folder: string): Promise<{ path: string } | { problem: string }> {
  await mkdir(folder, { recursive: true });
  let seen = -1;
  let seenAt = performance.now();
  const giveUp = (): boolean => {
    const now = bytesIn(folder);
    if (now !== seen) [seen, seenAt] = [now, performance.now()];
    return performance.now() - seenAt > silenceLimitMs;
  };
  const result = await runProgram(process.execPath, [import.meta.filename, release.program, folder], { timeoutMs: downloadTimeoutMs, giveUp });
  const program = readdirSync(folder).find((name) => !name.endsWith(".downloading") && statSync(join(folder, name)).size > 1_000_000);
  if (result.code === 0 && program !== undefined) return { path: join(folder, program) };
  return { problem: result.timedOut ? "Temporal's download site did not answer" : "Temporal's download site could not be reached" };
}

/** The child's side: downloads, starts and stops the server once. */
async function downloadOnce(name: ServerName, downloadDir: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import("@temporalio/testing");
  const executable = { type: "cached-download" as const, downloadDir, version: releases[name].sdkVersion, ttl: "0s" as const };
  const environment =
    name === "temporal"
      ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
      : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  await environment.teardown();
}

if (import.meta.main) {
  const [name, folder] = process.argv.slice(2);
  await downloadOnce(name === "temporal" ? "temporal" : "temporal-test-server", folder ?? ".");
}
