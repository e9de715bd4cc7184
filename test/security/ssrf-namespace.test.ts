import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { nameIn, refusedUrls } from "../support/ssrf-table.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
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

/** The tests of the whole platform with stored URLs once more, where nothing can leave and every name of the table is 127.0.0.1. */
async function runStackInNamespace(): Promise<{ passed: number; failed: string[]; figure: string }> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-ssrf-"));
  try {
    const [hosts, report] = [join(folder, "hosts"), join(folder, "report.json")];
    const names = new Set(["localhost", ...refusedUrls.flatMap(({ url }) => nameIn(url) ?? [])]);
    await writeFile(hosts, [...names].map((name) => `127.0.0.1 ${name.replace(/\.$/, "")}\n127.0.0.1 ${name}\n`).join(""));
    const inside = 'mount --bind "$1" /etc/hosts && ip link set lo up && exec "$2" --no-warnings node_modules/vitest/vitest.mjs run --reporter=default --reporter=json --outputFile.json="$3" test/webhooks/stored-urls.test.ts';
    const { stdout } = await promisify(execFile)("unshare", ["-n", "-m", "--", "sh", "-c", inside, "sh", hosts, process.execPath, report], {
      cwd: project, env: { ...process.env, SSRF_NAMESPACE: "1" }, maxBuffer: 16 * 1024 * 1024,
    }).catch((error: Error & { stdout: string }) => error);
    const { testResults } = JSON.parse(await readFile(report, "utf8")) as { testResults: { assertionResults: { status: string; fullName: string }[] }[] };
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      passed: results.filter(({ status }) => status === "passed").length,
      failed: results.filter(({ status }) => status !== "passed").map(({ fullName }) => fullName),
      figure: /S stored URLs: .*/.exec(stdout)?.[0] ?? "",
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe.skipIf(!permitted && !isRoot)("S the whole platform in a network namespace", () => {
  test("S blocks every URL of the table that got into its database, in one attempt, and reaches no canary", async () => {
    const { passed, failed, figure } = await runStackInNamespace();
    console.log(`In the namespace: ${figure}`);
    expect(failed).toEqual([]);
    // All but the one that Postgres cannot store, and the canary's own.
    expect(passed).toBe(refusedUrls.filter(({ url }) => !url.includes("\u0000")).length + 1);
  }, 180_000);
});
