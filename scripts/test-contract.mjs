// npm run test:contract -- --descriptions FOLDER: holds what we send to providers, and what our stand-ins answer, against the
// vendors' own API descriptions ({slug}.json in the folder, or in VENDOR_DESCRIPTIONS). One that is not there is skipped and
// named. The last line says how many checks passed and failed. `-- --only onfido` runs one provider alone.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "./setup.mjs";
import { finish, readArguments } from "./suite-report.mjs";

async function runVitest(only, descriptions) {
  const folder = await mkdtemp(path.join(tmpdir(), "waystation-report-"));
  const report = path.join(folder, "report.json");
  try {
    const flags = ["run", "--config", "vitest.contract.config.ts", "--reporter=json", `--outputFile.json=${report}`];
    if (only !== undefined) flags.push("-t", `^${only.toLowerCase()} `);
    const env = { ...projectEnvironment(), ...(descriptions === undefined ? {} : { VENDOR_DESCRIPTIONS: path.resolve(descriptions) }) };
    const child = spawn(node24(), [path.join(project, "node_modules", "vitest", "vitest.mjs"), ...flags], { cwd: project, env, stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise((resolve) => child.on("exit", (value) => resolve(value ?? 1)).on("error", () => resolve(127)));
    return { code, files: JSON.parse(await readFile(report, "utf8").catch(() => "{}")).testResults ?? [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const words = { passed: "pass", failed: "FAIL" };

function printRow({ status, fullName, failureMessages = [] }) {
  console.log(`${words[status] ?? "skip"}  ${fullName}`);
  for (const message of failureMessages) console.log(message.split("\n").map((line) => `      ${line}`).join("\n"));
}

let passed = 0;
let failed = 0;
try {
  const { only, descriptions } = readArguments(/^[a-z][a-z-]*$/, "a provider's slug, such as onfido", { descriptions: { type: "string" } });
  await ensureInstalled();
  await ensureGenerated();
  const { code, files } = await runVitest(only, descriptions);
  const tests = files.flatMap((file) => file.assertionResults).filter(({ status, fullName }) => only === undefined || status !== "skipped" || fullName.startsWith(`${only.toLowerCase()} `));
  tests.forEach(printRow);
  passed = tests.filter((test) => test.status === "passed").length;
  failed = tests.filter((test) => test.status === "failed").length;
  // A file that breaks while it is loaded, or an error that nobody caught, counts once.
  if ((code !== 0 || passed === 0) && failed === 0) failed = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  failed += 1;
}
finish(passed, failed);
