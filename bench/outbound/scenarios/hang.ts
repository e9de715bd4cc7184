import { rounded, spread, type Figures } from "../../figures.ts";
import { arrivalsOf } from "../arrivals.ts";
import type { Published } from "../driving.ts";
import type { Stand } from "../stand.ts";
import { removeEndpoints, settled } from "../tenants.ts";
import { honesty, orderOf, warmTenants } from "./publish.ts";

const healthyCount = 100;
const hangMs = 15_000;
const ratePerSecond = 404;
const warmSeconds = 4;
const withoutSeconds = 15;
/** Longer than the dispatcher's rounds: a round that waited for the hanging requests before the next one begins must show. */
const withSeconds = 35;

/**
 * 101 tenants with one endpoint each get the same events at the same rate twice: first all answer at once, then one of them
 * holds every request for 15 seconds. What the other hundred see of it is the ratio of their p99.
 */
export async function hang(stand: Stand): Promise<Figures> {
  const tenants = await warmTenants(stand, { tenants: healthyCount + 1, endpoints: 1, events: 0 });
  await healthyRun(stand, tenants, { hungMs: 0, seconds: warmSeconds });
  const without = await healthyRun(stand, tenants, { hungMs: 0, seconds: withoutSeconds });
  const withOne = await healthyRun(stand, tenants, { hungMs: hangMs, seconds: withSeconds });
  // What still waits for the one that hangs would go on for minutes.
  await removeEndpoints(stand, tenants[0] ?? "");
  await stand.sink.ask("clear");
  return {
    healthy: healthyCount, eventsPerSecond: ratePerSecond, without: without.figures, withOne: withOne.figures,
    healthyP99Ratio: rounded(withOne.p99 / without.p99),
  };
}

async function healthyRun(stand: Stand, tenants: string[], how: { hungMs: number; seconds: number }): Promise<{ figures: Figures; p99: number }> {
  const { sink, driver } = stand;
  const [sick = "", ...healthy] = tenants;
  await sink.ask("clear");
  if (how.hungMs > 0) await sink.ask("hang", { prefix: `/${sick}/`, ms: how.hungMs });
  const total = ratePerSecond * how.seconds;
  const published = await driver.ask<Published>("publish", orderOf(stand, tenants, { tenants: tenants.length, endpoints: 1, events: total, ratePerSecond }));
  // The first tenant's webhooks are not waited for: some of them hang.
  const open = await settled(stand, healthy, 60_000);
  const arrivals = await arrivalsOf(sink, published, (place) => (place % tenants.length === 0 ? [] : [`/${tenants[place % tenants.length]}/0`]));
  const { hung } = await sink.ask<{ hung: number }>("arrivals");
  const latency = spread(arrivals.sentToArrivalMs);
  // The sick endpoint's own requests are neither stray nor counted here.
  return { figures: { hangingNow: hung, publishToArrivalMs: latency, ...honesty({ published, open, arrivals: { ...arrivals, stray: 0 } }) }, p99: latency.p99 };
}
