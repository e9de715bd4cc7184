import { readFileSync, readdirSync } from "node:fs";

/** The value below which a share of the sorted values lies. */
export function percentile(values: number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function spread(values: number[]): { p50: number; p95: number; p99: number; max: number } {
  const round = (value: number): number => Math.round(value * 10) / 10;
  return { p50: round(percentile(values, 0.5)), p95: round(percentile(values, 0.95)), p99: round(percentile(values, 0.99)), max: round(Math.max(...values.slice(0, 100_000))) };
}

const ticksPerSecond = 100;

/** CPU milliseconds that a process and all its children have used so far (Linux only). */
export function cpuMs(rootPid: number): number {
  const parents = new Map<number, number>();
  const used = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      parents.set(Number(name), Number(fields[1]));
      used.set(Number(name), ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const belongs = (pid: number): boolean => pid === rootPid || (pid > 1 && belongs(parents.get(pid) ?? 0));
  return [...used].filter(([pid]) => belongs(pid)).reduce((sum, [, ms]) => sum + ms, 0);
}

/** Resident memory of a process in MiB. */
export function residentMiB(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}
