// Prepares what is missing, runs one of the suites under load or faults in a process on Node 24, and prints a row as each scenario ends.
import { fork } from "node:child_process";
import path from "node:path";
import { ensureConsole, ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "./setup.mjs";
import { finish, printHeading, printRow, readArguments } from "./suite-report.mjs";

/** `-- --only L3` runs one scenario; `-- --short` tries them in the size of `npm test`. */
export async function runLongSuite(name) {
  let passed = 0;
  let failed = 0;
  try {
    const { only, short } = readArguments(/^[A-Za-z]+\d*$/, "a scenario's id, such as L3 or F2", { short: { type: "boolean", default: false } });
    await ensureInstalled();
    await ensureGenerated();
    await ensureConsole();
    const words = [name, ...(only === undefined ? [] : ["--only", only]), ...(short ? ["--short"] : [])];
    printHeading();
    const code = await run(words, (row) => {
      printRow(row);
      if (row.failures.length === 0) passed += 1;
      else failed += 1;
    });
    // It broke between two rows.
    if (code !== 0) failed += 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    failed += 1;
  }
  finish(passed, failed);
}

function run(words, onRow) {
  const child = fork(path.join(project, "scripts", "long-suite.ts"), words, { cwd: project, env: projectEnvironment(), execPath: node24(), execArgv: ["--disable-warning=ExperimentalWarning"] });
  child.on("message", onRow);
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)).on("error", () => resolve(127)));
}
