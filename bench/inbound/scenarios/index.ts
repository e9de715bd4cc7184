import type { Figures } from "../../figures.ts";
import { everyProvider, type Options } from "../options.ts";
import type { Stand } from "../stand.ts";
import { copies } from "./copies.ts";
import { forgedFlood } from "./forged.ts";
import { relayed } from "./relayed.ts";
import { verified, withCeiling } from "./verified.ts";

export interface Scenario {
  name: string;
  /** Part of a run that names none. */
  short: boolean;
  run(stand: Stand, options: Options): Promise<Figures>;
}

export const scenarios: Scenario[] = [
  { name: "verified", short: true, run: (stand, { webhooks, providers }) => withCeiling(stand, { count: webhooks, providers }) },
  { name: "mixed", short: true, run: (stand, { webhooks }) => verified(stand, { count: webhooks, providers: everyProvider }) },
  { name: "forged10", short: true, run: (stand, { webhooks, providers }) => verified(stand, { count: webhooks, providers, forgedPercent: 10 }) },
  { name: "copies", short: true, run: (stand, { webhooks }) => copies(stand, Math.max(1, Math.floor(webhooks / 200)), [50, 100]) },
  { name: "relayed", short: true, run: (stand, { owners, seconds }) => relayed(stand, { owners, seconds, ratePerSecond: 500 }) },
  { name: "forged", short: true, run: (stand, { forged }) => forgedFlood(stand, forged) },
  { name: "large", short: false, run: (stand, { webhooks, providers }) => withCeiling(stand, { count: Math.min(200_000, webhooks * 5), providers }) },
];
