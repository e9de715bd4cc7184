// npm run bench -- outbound: what README.md beside this file says. The last line of stdout is everything as JSON.
import { cpus } from "node:os";
import { overRuns, rounded, total, type Figures } from "./figures.ts";
import type { Published } from "./outbound/driving.ts";
import { compareWithGoals, type GoalSeen } from "./outbound/goals.ts";
import { idleCpu } from "./outbound/meter.ts";
import { readOptions, type Options } from "./outbound/options.ts";
import { goalLine, linesOf } from "./outbound/print.ts";
import { scenarios } from "./outbound/scenarios/index.ts";
import { connections, publishScenario } from "./outbound/scenarios/publish.ts";
import { openStand, type Closers, type Stand } from "./outbound/stand.ts";
import { eventBody } from "./outbound/tenants.ts";

const ceilingRequests = 20_000;

/** Nothing can be faster than the driver straight at the sink, nor cheaper than doing nothing. */
async function bounds(stand: Stand): Promise<Figures> {
  const order = { port: stand.sinkPort, key: "none", body: eventBody, connections, paths: ["/ceiling/0"], total: ceilingRequests };
  const straight = await stand.driver.ask<Published>("publish", order);
  // The first webhooks of a fresh process are slow in every way: they count nowhere.
  await publishScenario(stand, { tenants: 1, endpoints: 1, events: 2_000 });
  return { driverToSinkPerSecond: rounded(ceilingRequests / ((straight.endedAt - straight.startedAt) / 1000)), idleCpuMsPerSecond: await idleCpu(stand.roots, 4) };
}

async function bench(stand: Stand, options: Options): Promise<{ results: Record<string, Figures>; goals: GoalSeen[]; bounds: Figures }> {
  const results: Record<string, Figures> = {};
  const goals: GoalSeen[] = [];
  const bound = await bounds(stand);
  console.log(linesOf("bounds", bound).join("\n"));
  for (const { name, run } of scenarios.filter((one) => options.only.includes(one.name))) {
    const runs: Figures[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < options.runs; n += 1) runs.push(await run(stand, options));
    results[name] = overRuns(runs);
    // Of several runs, the sums: one lost webhook is not to vanish in a median.
    const sums = Object.fromEntries(["lost", "duplicates", "stray", "refused"].map((count) => [count, runs.reduce((sum, figures) => sum + total(figures, count), 0)]));
    results[name]["inAllRuns"] = { ...sums, seconds: rounded((performance.now() - startedAt) / 1000) };
    const seen = compareWithGoals(name, results[name]);
    goals.push(...seen);
    console.log([...linesOf(name, results[name]), ...seen.map(goalLine)].join("\n"));
  }
  return { results, goals, bounds: bound };
}

/** Settles with the reason when somebody asks us to stop: Ctrl-C, or the end of the process that started us. */
function untilAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
    process.on("disconnect", () => resolve("the starting process has gone"));
    process.channel?.unref();
  });
}

async function main(closers: Closers): Promise<number> {
  const options = readOptions(process.argv.slice(2), scenarios);
  console.log(`outbound: ${options.only.join(", ")}; ${options.runs} run(s), ${connections} connections, ${cpus().length} cores shared by everything`);
  const { results, goals, bounds: bound } = await bench(await openStand(closers), options);
  const lost = Object.values(results).reduce((sum, figures) => sum + Number(figureOf(figures, "lost")) + Number(figureOf(figures, "refused")), 0);
  console.log(JSON.stringify({ bench: "outbound", node: process.version, cores: cpus().length, connections, ...options, bounds: bound, results, goals }));
  return lost > 0 ? 1 : 0;
}

function figureOf(figures: Figures, name: string): number {
  return Number((figures["inAllRuns"] as Figures)[name]);
}

const closers: Closers = [];
try {
  const asked = untilAsked().then((reason) => {
    console.error(`Stopping: ${reason}.`);
    return 130;
  });
  process.exitCode = await Promise.race([main(closers), asked]);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
for (const close of closers.toReversed()) await close().catch(() => undefined);
process.exit();
