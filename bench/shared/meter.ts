import { rounded, type Figures } from "../figures.ts";
import { cpuMsOf, familyMiB, residentMiB } from "./processes-used.ts";

/** The processes that count, by their part's name; `postgres` is among them. */
export type Roots = Record<string, number>;

export interface Metered {
  cpuMs: Record<string, number>;
  peakMiB: Record<string, number>;
}

const sampleEveryMs = 250;

/** What the processes used while the work was done: CPU of each family, peak resident memory; of Postgres what its family shares counts once, read at the end. */
export async function metered<T>(roots: Roots, work: () => Promise<T>): Promise<[T, Metered]> {
  const peakMiB: Record<string, number> = {};
  const sample = (): void => {
    for (const [name, pid] of Object.entries(roots)) if (name !== "postgres") peakMiB[name] = Math.max(peakMiB[name] ?? 0, residentMiB(pid));
  };
  const sampling = setInterval(sample, sampleEveryMs);
  const before = cpuMsOf(roots);
  try {
    const result = await work();
    const after = cpuMsOf(roots);
    sample();
    if (roots["postgres"] !== undefined) peakMiB["postgres"] = familyMiB(roots["postgres"]);
    const cpuMs = Object.fromEntries(Object.keys(roots).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
    return [result, { cpuMs, peakMiB }];
  } finally {
    clearInterval(sampling);
  }
}

/** CPU for each of so many: in all, and by part. */
export function cpuFigures({ cpuMs }: Metered, count: number): Figures {
  const each = (ms: number): number => Number((ms / count).toFixed(3));
  return { all: each(Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0)), ...Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, each(ms)])) };
}

/** Milliseconds of CPU in a second in which nothing is asked: part of every other figure, and large only where little is done. */
export async function idleCpu(roots: Roots, seconds: number): Promise<number> {
  const [, { cpuMs }] = await metered(roots, () => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
  return rounded(Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0) / seconds);
}
