// npm test: prepares what is missing, then lint, type check and tests. The last line says how many checks passed and failed.
// Arguments go to vitest: `npm test -- test/local`.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureConsole, ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "./setup.mjs";

let passed = 0;
let failed = 0;

function count(what, ok) {
  if (ok) passed += 1;
  else failed += 1;
  console.log(`${ok ? "ok  " : "FAIL"} ${what}`);
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: project, env: projectEnvironment(), stdio: ["ignore", "inherit", "inherit"], shell: program.endsWith(".cmd") });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function runVitest() {
  const folder = await mkdtemp(path.join(tmpdir(), "waystation-report-"));
  const report = path.join(folder, "report.json");
  try {
    const vitest = path.join(project, "node_modules", "vitest", "vitest.mjs");
    const flags = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)];
    const code = await run(node24(), [vitest, ...flags]);
    const result = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
    const good = result.numPassedTests ?? 0;
    let bad = result.numFailedTests ?? 0;
    // A file that breaks while it is loaded fails without a test of its own.
    bad += (result.testResults ?? []).filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")).length;
    if (good + bad === 0) console.error("No test ran.");
    // Whatever else vitest found wrong (a setup that failed, an error nobody caught) counts once.
    if ((code !== 0 || good === 0) && bad === 0) bad = 1;
    passed += good;
    failed += bad;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await ensureInstalled();
  await ensureGenerated();
  await ensureConsole();
  const { scripts } = JSON.parse(await readFile(path.join(project, "package.json"), "utf8"));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  for (const name of ["lint", "typecheck"]) {
    if (scripts[name] !== undefined) count(name, (await run(npm, ["run", "--silent", name])) === 0);
  }
  await runVitest();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  failed += 1;
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
