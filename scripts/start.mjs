// The entry of `npm start`: runs on the machine's own Node, prepares what is missing, then hands over to start.ts.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchParent } from "./watch-parent.mjs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 3)) {
  console.error(`Waystation needs Node 20.3 or newer; this is ${process.version}.`);
  process.exit(1);
}

const startedAt = Date.now();
const project = dirname(dirname(fileURLToPath(import.meta.url)));
// A console that has gone away must not end us before our child has stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

async function prepare() {
  const setup = await import("./setup.mjs");
  await setup.ensureInstalled();
  await setup.ensureGenerated();
  await setup.ensureConsole();
  return setup.node24();
}

function handOver(node) {
  const env = { ...process.env, WAYSTATION_STARTED_AT: String(startedAt) };
  // The channel carries nothing: its end tells start.ts that we are gone, however we died.
  const child = spawn(node, [join(project, "scripts", "start.ts")], { cwd: project, env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // A terminal's Ctrl-C reaches the child by itself too; it takes signals in quick succession for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const stopWatching = watchParent("start.mjs", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    stopWatching();
    if (signal !== null) console.error(`Waystation was ended by ${signal}; the next start clears up after it.`);
    process.exit(code ?? 1);
  });
}

try {
  handOver(await prepare());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
