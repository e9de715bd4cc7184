// npm run test:security: what hostile URLs, receivers, headers and inbound webhooks do to the platform. Prints a table by group; the last line
// says how many checks passed and failed. `-- --only S`, `--only I`, `--only F8` or `--only S94` runs those alone.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "./setup.mjs";
import { finish, readArguments } from "./suite-report.mjs";

const groups = [
  [/^F8/, "F8   receivers that break HTTP"],
  [/^F10/, "F10  Retry-After"],
  [/^F11/, "F11  redirects and 410"],
  [/^S\d|^S /, "S    addresses, names, spellings, DNS, headers, TLS"],
  [/^I\d|^I /, "I    hostile inbound webhooks, on every provider"],
  [/./, "     other"],
];

/** A test's id stands at the beginning of its name, or of the names around it. */
const idsOf = (test) => [...test.ancestorTitles, test.title].flatMap((title) => title.match(/^((S|F|I)\d*[a-z]? )+/)?.[0].trim().split(" ") ?? []);

function groupOf(test) {
  const ids = idsOf(test);
  return groups.find(([pattern]) => [...ids, "-"].some((id) => pattern.test(`${id} `)))?.[1];
}

async function runVitest(only) {
  const folder = await mkdtemp(path.join(tmpdir(), "waystation-report-"));
  const report = path.join(folder, "report.json");
  try {
    const flags = ["run", "--config", "vitest.security.config.ts", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    // Of S alone, every number; of S9, not S94.
    if (only !== undefined) flags.push("-t", /\d$/.test(only) ? `(^| )${only}[a-z]? ` : `(^| )${only}\\d*[a-z]? `);
    const child = spawn(node24(), [path.join(project, "node_modules", "vitest", "vitest.mjs"), ...flags], { cwd: project, env: projectEnvironment(), stdio: ["ignore", "inherit", "inherit"] });
    const code = await new Promise((resolve) => child.on("exit", (value) => resolve(value ?? 1)).on("error", () => resolve(127)));
    return { code, files: JSON.parse(await readFile(report, "utf8").catch(() => "{}")).testResults ?? [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printTable(tests) {
  const count = (name, status) => tests.filter((test) => groupOf(test) === name && test.status === status).length;
  console.log(`\n${"".padEnd(52)}passed  failed  skipped`);
  for (const [, name] of groups) {
    const row = ["passed", "failed", "pending"].map((status) => count(name, status) + (status === "pending" ? count(name, "skipped") : 0));
    if (row.some((value) => value > 0)) console.log(`${name.padEnd(50)}${row.map((value) => String(value).padStart(8)).join("")}`);
  }
  for (const test of tests.filter((one) => one.status === "failed")) console.log(`FAIL ${test.fullName}`);
}

let passed = 0;
let failed = 0;
try {
  const { only } = readArguments(/^[A-Za-z]+\d*$/, "S, F8, F10, F11, I or one number of a table, such as S94 or I07");
  await ensureInstalled();
  await ensureGenerated();
  const { code, files } = await runVitest(only);
  const tests = files.flatMap((file) => file.assertionResults);
  printTable(tests);
  passed = tests.filter((test) => test.status === "passed").length;
  failed = tests.filter((test) => test.status === "failed").length;
  // A file that breaks while it is loaded, or an error that nobody caught, counts once.
  if ((code !== 0 || passed === 0) && failed === 0) failed = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  failed += 1;
}
finish(passed, failed);
