// npm run bench -- inbound: what README.md beside this file says. The last line of stdout is everything as JSON.
import type { Figures } from "./figures.ts";
import { goals } from "./inbound/goals.ts";
import { readOptions } from "./inbound/options.ts";
import { scenarios } from "./inbound/scenarios/index.ts";
import { connections } from "./inbound/scenarios/run.ts";
import { verified } from "./inbound/scenarios/verified.ts";
import { openStand, type Stand } from "./inbound/stand.ts";
import { runBenchmark } from "./shared/benchmark.ts";
import { idleCpu } from "./shared/meter.ts";

/** The first webhooks of a fresh process are slow in every way: they count nowhere. */
async function bounds(stand: Stand): Promise<Figures> {
  await verified(stand, { count: 5_000 });
  return { idleCpuMsPerSecond: await idleCpu(stand.roots, 4) };
}

await runBenchmark({
  name: "inbound", connections, bounds, goals, scenarios, openStand,
  readOptions: (args) => readOptions(args, scenarios),
  summed: ["lost", "strange", "notAccepted", "letIn"],
  faults: ["lost", "strange", "notAccepted", "letIn"],
});
