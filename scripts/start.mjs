// The entry of `npm start`: runs on the machine's own Node, prepares what is missing, then hands over to start.ts.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 3)) {
  console.error(`Waystation needs Node 20.3 or newer; this is ${process.version}.`);
  process.exit(1);
}

const startedAt = Date.now();
const project = dirname(dirname(fileURLToPath(import.meta.url)));

let node;
try {
  const setup = await import("./setup.mjs");
  await setup.ensureInstalled();
  await setup.ensureGenerated();
  await setup.ensureConsole();
  node = await setup.node24();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

const env = { ...process.env, WAYSTATION_STARTED_AT: String(startedAt) };
const child = spawn(node, [join(project, "scripts", "start.ts")], { cwd: project, env, stdio: "inherit" });

// A terminal's Ctrl-C reaches the child by itself too; it heeds the first signal only.
let forwarded = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (forwarded) return;
    forwarded = true;
    child.kill(signal);
  });
}
child.on("error", (error) => {
  console.error(`Node could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
