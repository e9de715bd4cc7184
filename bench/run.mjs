// npm run bench -- NAME: prepares what is missing, then runs bench/NAME.ts on the project's own Node. The machine's Node
// (20.3 or newer) does no more than that.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ensureGenerated, ensureInstalled, node24, project, projectEnvironment } from "../scripts/setup.mjs";
import { watchParent } from "../scripts/watch-parent.mjs";

// What is said here goes to stderr: the last line of stdout is the benchmark's JSON, whatever happens before.
const progress = (line) => console.error(line);

async function start([name = "", ...flags]) {
  const file = path.join(project, "bench", `${name}.ts`);
  if (!/^[a-z][a-z-]*$/.test(name) || name === "figures" || !existsSync(file)) throw new Error(`There is no benchmark "${name}"; npm run bench -- outbound and -- inbound are two.`);
  await ensureInstalled({ progress });
  await ensureGenerated({ progress });
  // The channel carries nothing: its end tells the benchmark that we are gone, however we died.
  const child = spawn(node24(), ["--no-warnings", file, ...flags], { cwd: project, env: projectEnvironment(), stdio: ["ignore", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exit(1);
  });
  const stopWatching = watchParent("run.mjs", () => child.kill("SIGTERM"));
  child.on("exit", (code) => {
    stopWatching();
    process.exit(code ?? 1);
  });
}

try {
  await start(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
