// npm run bench -- outbound: what README.md beside this file says. The last line of stdout is everything as JSON.
import { rounded, type Figures } from "./figures.ts";
import type { Published } from "./outbound/driving.ts";
import { goals } from "./outbound/goals.ts";
import { readOptions } from "./outbound/options.ts";
import { scenarios } from "./outbound/scenarios/index.ts";
import { connections, publishScenario } from "./outbound/scenarios/publish.ts";
import { openStand, type Stand } from "./outbound/stand.ts";
import { eventBody } from "./outbound/tenants.ts";
import { runBenchmark } from "./shared/benchmark.ts";
import { idleCpu } from "./shared/meter.ts";

const ceilingRequests = 20_000;

/** Nothing can be faster than the driver straight at the sink, nor cheaper than doing nothing. */
async function bounds(stand: Stand): Promise<Figures> {
  const order = { port: stand.sinkPort, key: "none", body: eventBody, connections, paths: ["/ceiling/0"], total: ceilingRequests };
  const straight = await stand.driver.ask<Published>("publish", order);
  // The first webhooks of a fresh process are slow in every way: they count nowhere.
  await publishScenario(stand, { tenants: 1, endpoints: 1, events: 2_000 });
  return { driverToSinkPerSecond: rounded(ceilingRequests / ((straight.endedAt - straight.startedAt) / 1000)), idleCpuMsPerSecond: await idleCpu(stand.roots, 4) };
}

await runBenchmark({
  name: "outbound", connections, bounds, goals, scenarios, openStand,
  readOptions: (args) => readOptions(args, scenarios),
  summed: ["lost", "duplicates", "stray", "refused"],
  faults: ["lost", "refused"],
});
