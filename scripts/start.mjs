// The entry of `npm start`: runs on the machine's own Node, prepares what is missing, then hands over to start.ts.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
  const stopWatching = watchParent(() => child.kill("SIGTERM"));
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

/** Under npm, our parent is npm or its shell. When npm is killed outright nobody tells us: we see another parent. */
function watchParent(gone) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const parents = parentsUnderNpm();
  const timer = setInterval(() => {
    if (parentsUnderNpm() === parents) return;
    clearInterval(timer);
    gone();
  }, 1_000);
  return () => clearInterval(timer);
}

function parentsUnderNpm() {
  const parent = process.ppid;
  try {
    // Only npm's own shell is looked behind: who started npm may leave, as with nohup.
    if (!readFileSync(`/proc/${parent}/cmdline`, "utf8").includes("start.mjs")) return String(parent);
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    return `${parent} ${stat.slice(stat.lastIndexOf(")")).split(" ")[2]}`;
  } catch {
    return String(parent);
  }
}

try {
  handOver(await prepare());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
