// npm run test:security: what hostile URLs, requests, receivers, tenants and pages do to the platform, and what it gives away.
// Prints a table by group; the last line says how many checks passed and failed. `-- --only S`, `--only A3`, `--only SCHEMA` or
// `--only S94` runs those alone. A test belongs to a group by the ids at the beginning of its name, or of the names around it.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureConsole, ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "./setup.mjs";
import { finish, readArguments } from "./suite-report.mjs";

/** A test with ids of several groups counts in the first of them. */
const groups = [
  [/^SCHEMA$/, "SCHEMA   all that /openapi.json allows and forbids"],
  [/^SECRETS$/, "SECRETS  the working tree and its history"],
  [/^CANARY$/, "CANARY   planted secrets in all that is left behind"],
  [/^S\d*$/, "S        addresses, names, spellings, DNS, headers, TLS"],
  [/^F8$/, "F8       receivers that break HTTP"],
  [/^F10$/, "F10      Retry-After"],
  [/^F11$/, "F11      redirects and 410"],
  [/^F\d+$/, "F        other faults"],
  [/^I\d*[a-z]?$/, "I        hostile webhooks at the door"],
  [/^A1$/, "A1       another tenant's things, by every route"],
  [/^A2$/, "A2       another tenant's rows, by every table"],
  [/^A3$/, "A3       fields that a caller may not set or see"],
  [/^A4$/, "A4       secrets that leak"],
  [/^A5$/, "A5       the vault and its key ring"],
  [/^A6$/, "A6       API keys"],
  [/^A7$/, "A7       the audit log"],
  [/^A8$/, "A8       time that tells a signature"],
  [/^A9$/, "A9       limits"],
  [/^A10$/, "A10      the console"],
];
const other = "other";

/** A letter with its number, S alone, or one of three words. */
const idsOf = (test) => [...test.ancestorTitles, test.title].flatMap((title) => title.match(/^((S\d*|I\d*[a-z]?|[FA]\d+|SCHEMA|SECRETS|CANARY) )+/)?.[0].trim().split(" ") ?? []);

function groupOf(test) {
  const ids = idsOf(test);
  return groups.find(([pattern]) => ids.some((id) => pattern.test(id)))?.[1] ?? other;
}

/** Of one letter every number; of S9, not S94. */
function patternOf(only) {
  if (only === "I") return "(^| )I\\d*[a-z]? ";
  if (/^[FA]$/.test(only)) return `(^| )${only}\\d+[a-z]? `;
  return only === "S" ? "(^| )S\\d* " : `(^| )${only}[a-z]? `;
}

async function runVitest(only) {
  const folder = await mkdtemp(path.join(tmpdir(), "waystation-report-"));
  const report = path.join(folder, "report.json");
  try {
    const flags = ["run", "--config", "vitest.security.config.ts", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    if (only !== undefined) flags.push("-t", patternOf(only));
    const child = spawn(node24(), [path.join(project, "node_modules", "vitest", "vitest.mjs"), ...flags], { cwd: project, env: projectEnvironment(), stdio: ["ignore", "inherit", "inherit"] });
    const code = await new Promise((resolve) => child.on("exit", (value) => resolve(value ?? 1)).on("error", () => resolve(127)));
    return { code, files: JSON.parse(await readFile(report, "utf8").catch(() => "{}")).testResults ?? [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every group has its row in a whole run: one that nothing was tried of must be seen. */
function printTable(tests, only) {
  const count = (name, ...statuses) => tests.filter((test) => groupOf(test) === name && statuses.includes(test.status)).length;
  console.log(`\n${"".padEnd(60)}passed  failed${only === undefined ? "  skipped" : ""}`);
  for (const name of [...groups.map(([, title]) => title), other]) {
    const row = [count(name, "passed"), count(name, "failed"), ...(only === undefined ? [count(name, "pending", "skipped")] : [])];
    if (row.some((value) => value > 0) || (only === undefined && name !== other)) console.log(`${name.padEnd(58)}${row.map((value) => String(value).padStart(8)).join("")}`);
  }
  for (const test of tests.filter((one) => one.status === "failed")) console.log(`FAIL ${test.fullName}`);
}

let passed = 0;
let failed = 0;
try {
  const { only } = readArguments(/^[A-Za-z]+\d*$/, "a group, such as S, F8, I, A3, SCHEMA, SECRETS or CANARY, or one number of a table, such as S94");
  await ensureInstalled();
  await ensureGenerated();
  await ensureConsole();
  const { code, files } = await runVitest(only);
  const tests = files.flatMap((file) => file.assertionResults);
  // What -t leaves out is reported as skipped.
  printTable(only === undefined ? tests : tests.filter((test) => test.status === "passed" || test.status === "failed"), only);
  passed = tests.filter((test) => test.status === "passed").length;
  failed = tests.filter((test) => test.status === "failed").length;
  // A file that breaks while it is loaded, or an error that nobody caught, counts once.
  if ((code !== 0 || passed === 0) && failed === 0) failed = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  failed += 1;
}
finish(passed, failed);
