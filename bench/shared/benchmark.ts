import { cpus } from "node:os";
import { overRuns, rounded, total, type Figures } from "../figures.ts";
import { compareWithGoals, type Goal, type GoalSeen } from "./goals.ts";
import { goalLine, linesOf } from "./print.ts";

/** Called in turn, last first, however the benchmark ends. */
export type Closers = (() => Promise<unknown>)[];

/** One `npm run bench -- NAME`: scenarios on one stand, figures, goals, and everything as one JSON line last. */
export interface Benchmark<Stand, Options extends { only: string[]; runs: number }> {
  name: string;
  connections: number;
  readOptions(args: string[]): Options;
  openStand(closers: Closers, options: Options): Promise<Stand>;
  /** What nothing can be better than. */
  bounds(stand: Stand, options: Options): Promise<Figures>;
  scenarios: { name: string; run(stand: Stand, options: Options): Promise<Figures> }[];
  goals: Goal[];
  /** Figures that are summed over all runs, as one lost webhook is not to vanish in a median. */
  summed: string[];
  /** Of these, the ones that make the exit code 1. */
  faults: string[];
}

interface Outcome {
  results: Record<string, Figures>;
  goals: GoalSeen[];
  bounds: Figures;
}

async function measure<Stand, Options extends { only: string[]; runs: number }>(benchmark: Benchmark<Stand, Options>, stand: Stand, options: Options): Promise<Outcome> {
  const results: Record<string, Figures> = {};
  const goals: GoalSeen[] = [];
  const bounds = await benchmark.bounds(stand, options);
  console.log(linesOf("bounds", bounds).join("\n"));
  for (const { name, run } of benchmark.scenarios.filter((one) => options.only.includes(one.name))) {
    const runs: Figures[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < options.runs; n += 1) runs.push(await run(stand, options));
    results[name] = overRuns(runs);
    const sums = Object.fromEntries(benchmark.summed.map((count) => [count, runs.reduce((sum, figures) => sum + total(figures, count), 0)]));
    results[name]["inAllRuns"] = { ...sums, seconds: rounded((performance.now() - startedAt) / 1000) };
    const seen = compareWithGoals(benchmark.goals, name, results[name]);
    goals.push(...seen);
    console.log([...linesOf(name, results[name]), ...seen.map(goalLine)].join("\n"));
  }
  return { results, goals, bounds };
}

/** Settles with the reason when somebody asks us to stop: Ctrl-C, or the end of the process that started us. */
function untilAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
    process.on("disconnect", () => resolve("the starting process has gone"));
    process.channel?.unref();
  });
}

async function main<Stand, Options extends { only: string[]; runs: number }>(benchmark: Benchmark<Stand, Options>, closers: Closers): Promise<number> {
  const { name, connections } = benchmark;
  const options = benchmark.readOptions(process.argv.slice(2));
  console.log(`${name}: ${options.only.join(", ")}; ${options.runs} run(s), ${connections} connections, ${cpus().length} cores shared by everything`);
  const outcome = await measure(benchmark, await benchmark.openStand(closers, options), options);
  console.log(JSON.stringify({ bench: name, node: process.version, cores: cpus().length, connections, ...options, ...outcome }));
  const sums = Object.values(outcome.results).map((figures) => figures["inAllRuns"] as Figures);
  return sums.some((sum) => benchmark.faults.some((fault) => Number(sum[fault]) > 0)) ? 1 : 0;
}

/** Runs it and ends the process; no process and no folder is left behind, whatever happens. */
export async function runBenchmark<Stand, Options extends { only: string[]; runs: number }>(benchmark: Benchmark<Stand, Options>): Promise<never> {
  const closers: Closers = [];
  try {
    const asked = untilAsked().then((reason) => {
      console.error(`Stopping: ${reason}.`);
      return 130;
    });
    process.exitCode = await Promise.race([main(benchmark, closers), asked]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  for (const close of closers.toReversed()) await close().catch(() => undefined);
  process.exit();
}
