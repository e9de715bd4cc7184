import { rounded, spread, type Figures } from "../../figures.ts";
import { answerMs, arrivalsOf, type Arrivals } from "../arrivals.ts";
import type { Published } from "../driving.ts";
import { cpuFigures, metered, type Metered } from "../../shared/meter.ts";
import type { Stand } from "../stand.ts";
import { eventBody, makeTenants, settled } from "../tenants.ts";

export const connections = 50;
const warmEvents = 300;

export interface PublishSpec {
  tenants: number;
  endpoints: number;
  events: number;
  ratePerSecond?: number;
}

export interface PublishRun {
  published: Published;
  arrivals: Arrivals;
  metered: Metered;
  /** Deliveries that the database does not call delivered. */
  open: number;
}

/** Publishes over the API, the tenants in turn, until the sink has a webhook of every accepted event for every endpoint. */
export async function publishAll(stand: Stand, tenants: string[], spec: PublishSpec, onPublished?: () => void): Promise<PublishRun> {
  const { sink, driver } = stand;
  await sink.ask("clear");
  const [{ published, open }, used] = await metered(stand.roots, async () => {
    const done = await driver.ask<Published>("publish", orderOf(stand, tenants, spec));
    onPublished?.();
    const accepted = spec.events - done.refused;
    await sink.ask("waitFor", { count: accepted * spec.endpoints, timeoutMs: 60_000 + accepted * spec.endpoints });
    return { published: done, open: await settled(stand, tenants) };
  });
  const pathsOf = (place: number): string[] => Array.from({ length: spec.endpoints }, (_, n) => `/${tenants[place % tenants.length]}/${n}`);
  return { published, open, metered: used, arrivals: await arrivalsOf(sink, published, pathsOf) };
}

export function orderOf(stand: Stand, tenants: string[], spec: PublishSpec): object {
  return {
    port: stand.apiPort, key: stand.installation.adminKey, body: eventBody, connections,
    paths: tenants.map((tenant) => `/v1/tenants/${tenant}/events`), total: spec.events, ratePerSecond: spec.ratePerSecond,
  };
}

/** Tenants whose secrets are opened and whose connections stand: what only a first webhook pays is not measured. */
export async function warmTenants(stand: Stand, spec: PublishSpec): Promise<string[]> {
  const tenants = await makeTenants(stand, spec.tenants, spec.endpoints);
  await publishAll(stand, tenants, { ...spec, events: Math.max(tenants.length, Math.ceil(warmEvents / Math.max(1, spec.endpoints))), ratePerSecond: undefined });
  return tenants;
}

/** What every figure about webhooks comes with: nothing lost, nothing twice. */
export function honesty({ published, arrivals, open }: Pick<PublishRun, "published" | "arrivals" | "open">): Figures {
  return {
    deliveries: arrivals.deliveries, lost: arrivals.lost, duplicates: arrivals.duplicates, stray: arrivals.stray, notMarkedDelivered: open, refused: published.refused,
    ...(published.refused === 0 ? {} : { firstRefusal: published.firstRefusal }),
  };
}

export function figuresOf(run: PublishRun, spec: PublishSpec): Figures {
  const { published, arrivals, metered: used } = run;
  const seconds = (until: number): number => (until - published.startedAt) / 1000;
  return {
    events: spec.events,
    deliveriesPerSecond: rounded(arrivals.deliveries / seconds(arrivals.lastAt)),
    publishPerSecond: rounded((spec.events - published.refused) / seconds(published.endedAt)),
    postMs: spread(answerMs(published)),
    publishToArrivalMs: spread(arrivals.sentToArrivalMs),
    acceptToArrivalMs: spread(arrivals.acceptedToArrivalMs),
    cpuMsPerDelivery: cpuFigures(used, arrivals.deliveries),
    peakMiB: used.peakMiB,
    ...honesty(run),
  };
}

export async function publishScenario(stand: Stand, spec: PublishSpec): Promise<Figures> {
  return figuresOf(await publishAll(stand, await warmTenants(stand, spec), spec), spec);
}
