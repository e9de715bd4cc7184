import { parseArgs } from "node:util";

export interface Options {
  /** Names of the scenarios that run, in order. */
  only: string[];
  runs: number;
  events: number;
  largeEvents: number;
  backlog: number;
  rows: number;
  seconds: number;
}

const numbers = {
  runs: { flag: "runs", otherwise: 1, most: 20 },
  events: { flag: "events", otherwise: 10_000, most: 200_000 },
  largeEvents: { flag: "large-events", otherwise: 50_000, most: 200_000 },
  backlog: { flag: "backlog", otherwise: 20_000, most: 200_000 },
  rows: { flag: "rows", otherwise: 1_000_000, most: 5_000_000 },
  seconds: { flag: "seconds", otherwise: 60, most: 600 },
} as const;

/** Every size has an upper end: the benchmark stops by itself whatever it is told. @throws Error that says what may be given */
export function readOptions(args: string[], scenarios: { name: string; short: boolean }[]): Options {
  const text = { type: "string" } as const;
  const flags = Object.fromEntries(Object.values(numbers).map(({ flag }) => [flag, text]));
  const values = parseArgs({ args, options: { ...flags, only: text, full: { type: "boolean" } } }).values as Record<string, string | boolean | undefined>;
  const numberOf = ({ flag, otherwise, most }: { flag: string; otherwise: number; most: number }): number => {
    const value = Number(values[flag] ?? otherwise);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${flag} takes a whole number from 1 to ${most}.`);
    return value;
  };
  const known = scenarios.map(({ name }) => name);
  const chosen = typeof values["only"] === "string" ? values["only"].split(",") : scenarios.filter(({ short }) => short || values["full"] === true).map(({ name }) => name);
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`--only takes ${known.join(", ")}; not ${unknown.join(", ")}.`);
  const sizes = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, numberOf(number)])) as unknown as Omit<Options, "only">;
  return { ...sizes, only: chosen };
}
