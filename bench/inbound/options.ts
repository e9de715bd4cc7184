import { webhookBodies } from "../../test/support/webhook-bodies.ts";
import { readFlags } from "../shared/flags.ts";

export interface Options {
  /** Names of the scenarios that run, in order. */
  only: string[];
  runs: number;
  webhooks: number;
  forged: number;
  owners: number;
  seconds: number;
  /** Whose webhooks are sent where a scenario does not say so itself. */
  providers: string[];
}

const sizes = {
  runs: { flag: "runs", otherwise: 1, most: 20 },
  webhooks: { flag: "webhooks", otherwise: 20_000, most: 200_000 },
  forged: { flag: "forged", otherwise: 100_000, most: 200_000 },
  owners: { flag: "owners", otherwise: 500, most: 5_000 },
  seconds: { flag: "seconds", otherwise: 20, most: 300 },
} as const;

/** All that we can sign for. */
export const everyProvider = Object.keys(webhookBodies);

/** @throws Error that says what may be given */
export function readOptions(args: string[], scenarios: { name: string; short: boolean }[]): Options {
  const flags = readFlags(args, { sizes, texts: ["provider"], scenarios });
  const given = flags.texts["provider"] ?? "sumsub";
  const providers = given === "mix" ? everyProvider : given.split(",");
  const unknown = providers.filter((provider) => !everyProvider.includes(provider));
  if (unknown.length > 0) throw new Error(`--provider takes mix or some of ${everyProvider.join(", ")}; not ${unknown.join(", ")}.`);
  return { ...flags.sizes, only: flags.only, providers };
}
