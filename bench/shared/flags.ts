import { parseArgs } from "node:util";

/** A whole number that the command line may give; every size has an upper end, so that a benchmark stops by itself whatever it is told. */
export interface SizeFlag {
  flag: string;
  otherwise: number;
  most: number;
}

export interface Flags<Name extends string> {
  sizes: Record<Name, number>;
  /** Names of the scenarios that run, in order. */
  only: string[];
  /** Of the other flags that were asked for, what was given. */
  texts: Record<string, string | undefined>;
}

/** @throws Error that says what may be given */
export function readFlags<Name extends string>(args: string[], known: { sizes: Record<Name, SizeFlag>; texts?: string[]; scenarios: { name: string; short: boolean }[] }): Flags<Name> {
  const text = { type: "string" } as const;
  const sizes = Object.entries<SizeFlag>(known.sizes);
  const given = Object.fromEntries([...sizes.map(([, { flag }]) => flag), ...(known.texts ?? [])].map((flag) => [flag, text]));
  const values = parseArgs({ args, options: { ...given, only: text, full: { type: "boolean" } } }).values as Record<string, string | boolean | undefined>;
  const numberOf = ({ flag, otherwise, most }: SizeFlag): number => {
    const value = Number(values[flag] ?? otherwise);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${flag} takes a whole number from 1 to ${most}.`);
    return value;
  };
  const names = known.scenarios.map(({ name }) => name);
  const only = typeof values["only"] === "string" ? values["only"].split(",") : known.scenarios.filter(({ short }) => short || values["full"] === true).map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`--only takes ${names.join(", ")}; not ${unknown.join(", ")}.`);
  return {
    sizes: Object.fromEntries(sizes.map(([name, size]) => [name, numberOf(size)])) as Record<Name, number>,
    only,
    texts: Object.fromEntries((known.texts ?? []).map((flag) => [flag, values[flag] as string | undefined])),
  };
}
