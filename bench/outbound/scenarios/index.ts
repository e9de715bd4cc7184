import type { Figures } from "../../figures.ts";
import type { Options } from "../options.ts";
import type { Stand } from "../stand.ts";
import { accept } from "./accept.ts";
import { backlog } from "./backlog.ts";
import { batch } from "./batch.ts";
import { growth } from "./growth.ts";
import { hang } from "./hang.ts";
import { peers } from "./peers.ts";
import { publishScenario } from "./publish.ts";

export interface Scenario {
  name: string;
  /** Part of a run that names none. */
  short: boolean;
  run(stand: Stand, options: Options): Promise<Figures>;
}

/** In the order in which they run: what is about single milliseconds comes before what leaves the database work for later. */
export const scenarios: Scenario[] = [
  { name: "steady50", short: true, run: (stand) => publishScenario(stand, { tenants: 1, endpoints: 1, events: 50 * 20, ratePerSecond: 50 }) },
  { name: "hang", short: true, run: (stand) => hang(stand) },
  { name: "1x1", short: true, run: (stand, { events }) => publishScenario(stand, { tenants: 1, endpoints: 1, events }) },
  { name: "100x1", short: true, run: (stand, { events }) => publishScenario(stand, { tenants: 100, endpoints: 1, events }) },
  { name: "1x1-large", short: false, run: (stand, { largeEvents }) => publishScenario(stand, { tenants: 1, endpoints: 1, events: largeEvents }) },
  { name: "100x1-large", short: false, run: (stand, { largeEvents }) => publishScenario(stand, { tenants: 100, endpoints: 1, events: largeEvents }) },
  { name: "1x10", short: true, run: (stand, { events }) => publishScenario(stand, { tenants: 1, endpoints: 10, events: Math.ceil(events / 10) }) },
  { name: "1x100", short: true, run: (stand, { events }) => publishScenario(stand, { tenants: 1, endpoints: 100, events: Math.ceil(events / 100) }) },
  { name: "accept", short: true, run: (stand, { events }) => accept(stand, events) },
  { name: "batch", short: true, run: (stand, { events }) => batch(stand, 2 * events) },
  { name: "steady1000", short: false, run: (stand, { seconds }) => publishScenario(stand, { tenants: 1, endpoints: 1, events: 1_000 * seconds, ratePerSecond: 1_000 }) },
  { name: "backlog", short: true, run: (stand, options) => backlog(stand, options.backlog) },
  { name: "peers", short: true, run: (stand, { events }) => peers(stand, Math.ceil(events / 2)) },
  { name: "growth", short: false, run: (stand, { rows, events }) => growth(stand, { rows, events }) },
];
