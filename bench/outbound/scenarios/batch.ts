import { rounded, spread, type Figures } from "../../figures.ts";
import { answerMs, arrivalsOf } from "../arrivals.ts";
import type { Published } from "../driving.ts";
import { cpuFigures, metered } from "../../shared/meter.ts";
import { payload } from "../payload.ts";
import type { Stand } from "../stand.ts";
import { makeTenants, settled } from "../tenants.ts";
import { honesty } from "./publish.ts";

const eventsPerBatch = 100;
const connections = 8;
const warmBatches = 20;
const body = JSON.stringify({ events: Array.from({ length: eventsPerBatch }, () => ({ type: "bench.event", payload })) });

/** POST /events/batch: first with nobody to deliver to, as it is accepted alone, then with one endpoint attached. */
export async function batch(stand: Stand, events: number): Promise<Figures> {
  const batches = Math.ceil(events / eventsPerBatch);
  const [alone, attached] = [await publishBatches(stand, batches, 0), await publishBatches(stand, batches, 1)];
  return { eventsPerBatch, connections, ...alone, withEndpoint: attached };
}

async function publishBatches(stand: Stand, batches: number, endpoints: number): Promise<Figures> {
  const [tenant = ""] = await makeTenants(stand, 1, endpoints);
  const order = { port: stand.apiPort, key: stand.installation.adminKey, body, connections, paths: [`/v1/tenants/${tenant}/events/batch`] };
  const send = async (total: number): Promise<Published> => {
    await stand.sink.ask("clear");
    const published = await stand.driver.ask<Published>("publish", { ...order, total });
    const expected = (total - published.refused) * eventsPerBatch * endpoints;
    await stand.sink.ask("waitFor", { count: expected, timeoutMs: 60_000 + expected });
    return published;
  };
  await send(warmBatches);
  const [{ published, open }, used] = await metered(stand.roots, async () => ({ published: await send(batches), open: await settled(stand, [tenant]) }));
  const arrivals = await arrivalsOf(stand.sink, published, () => Array.from({ length: endpoints }, (_, n) => `/${tenant}/${n}`));
  const events = (batches - published.refused) * eventsPerBatch;
  return {
    events,
    eventsPerSecond: rounded(events / ((published.endedAt - published.startedAt) / 1000)),
    postMs: spread(answerMs(published)),
    cpuMsPerEvent: cpuFigures(used, events),
    peakMiB: used.peakMiB,
    ...honesty({ published, arrivals, open }),
  };
}
