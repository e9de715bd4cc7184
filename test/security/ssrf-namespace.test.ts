import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { refusedUrls } from "../support/ssrf-table.ts";

const script = fileURLToPath(new URL("../support/ssrf-canary.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;
const permitted = spawnSync("unshare", ["-n", "ip", "link", "set", "lo", "up"], { stdio: "ignore" }).status === 0;
if (!permitted) console.log("The S table cannot run: `unshare -n` or `ip` is missing or not permitted here.");

interface Report {
  bound: number;
  unguarded: number;
  hits: number;
  results: { id: string; url: string; blockedAtConnect: boolean; refused: boolean; outcome: string }[];
  allowed: string | number;
  neighbour: string | number;
}

// Root is expected to be able; everybody else may skip it.
describe.skipIf(!permitted && !isRoot)("S in a network namespace with a canary on every address", () => {
  let report: Report;
  beforeAll(async () => {
    expect(permitted, "`unshare -n` with `ip` must work as root").toBe(true);
    const { stdout } = await promisify(execFile)("unshare", ["-n", "--", process.execPath, "--no-warnings", script], { maxBuffer: 16 * 1024 * 1024 });
    report = JSON.parse(stdout) as Report;
    console.log(`S table: ${report.results.length} URLs, ${report.bound} addresses bound, ${report.unguarded} reached the canary without the guard, ${report.hits} with it`);
  });

  test.each(refusedUrls.map((one, index) => ({ ...one, index })))("$id $shown", ({ index, blockedAtConnect }) => {
    const result = report.results[index];
    expect(result?.refused).toBe(true);
    if (blockedAtConnect) expect(result?.outcome).toBe("EGRESS_BLOCKED");
    else expect(result?.outcome).not.toBe("reached");
  });

  test("S the canary was never hit, and would have been", () => {
    expect(report.hits).toBe(0);
    expect(report.unguarded).toBeGreaterThan(50);
  });

  test("S the one receiver that is allowed is reached, its neighbour is not", () => {
    expect(report.allowed).toBe(200);
    expect(report.neighbour).toBe("EGRESS_BLOCKED");
  });
});
