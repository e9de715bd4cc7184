import { readFlags } from "../shared/flags.ts";

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

const sizes = {
  runs: { flag: "runs", otherwise: 1, most: 20 },
  events: { flag: "events", otherwise: 10_000, most: 200_000 },
  largeEvents: { flag: "large-events", otherwise: 50_000, most: 200_000 },
  backlog: { flag: "backlog", otherwise: 20_000, most: 200_000 },
  rows: { flag: "rows", otherwise: 1_000_000, most: 5_000_000 },
  seconds: { flag: "seconds", otherwise: 60, most: 600 },
} as const;

/** @throws Error that says what may be given */
export function readOptions(args: string[], scenarios: { name: string; short: boolean }[]): Options {
  const flags = readFlags(args, { sizes, scenarios });
  return { ...flags.sizes, only: flags.only };
}
