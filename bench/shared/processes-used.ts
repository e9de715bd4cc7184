import { readFileSync, readdirSync } from "node:fs";

/** What /proc counts in, on every Linux that we know of. */
const msPerTick = 10;

interface Process {
  parent: number;
  cpuMs: number;
}

function allProcesses(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
      // The process itself, and those of its children that have ended.
      const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
      found.set(Number(name), { parent: fields[1] ?? 0, cpuMs: (user + system + childUser + childSystem) * msPerTick });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found;
}

/** The process and all below it. */
function family(root: number, all: Map<number, Process>): number[] {
  const belongs = (pid: number): boolean => pid === root || (pid > 1 && belongs(all.get(pid)?.parent ?? 0));
  return [...all.keys()].filter(belongs);
}

/** The process and all below it, now. */
export function familyOf(root: number): number[] {
  return family(root, allProcesses());
}

/** CPU milliseconds that each of these processes and all its children have used so far (Linux only). */
export function cpuMsOf<Name extends string>(roots: Record<Name, number>): Record<Name, number> {
  const all = allProcesses();
  const used = (root: number): number => family(root, all).reduce((sum, pid) => sum + (all.get(pid)?.cpuMs ?? 0), 0);
  return Object.fromEntries(Object.entries<number>(roots).map(([name, pid]) => [name, used(pid)])) as Record<Name, number>;
}

function mebibytes(file: string, field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export function residentMiB(pid: number): number {
  return Math.round(mebibytes(`/proc/${pid}/status`, "VmRSS"));
}

/** Memory of a family of processes in which what they share counts once. */
export function familyMiB(root: number): number {
  return Math.round(family(root, allProcesses()).reduce((sum, pid) => sum + mebibytes(`/proc/${pid}/smaps_rollup`, "Pss"), 0));
}
