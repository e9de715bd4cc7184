import { randomBytes } from "node:crypto";
import { figureAt, rounded, spread, type Figures } from "../../figures.ts";
import { answerMs, arrivalsOf } from "../arrivals.ts";
import { AskedProcess } from "../../shared/asked-process.ts";
import { withDatabase } from "../bare.ts";
import type { Published } from "../driving.ts";
import { cpuFigures, metered, type Roots } from "../../shared/meter.ts";
import type { QueueName } from "../peers/job-queue.ts";
import { findRedis, type Fsync } from "../peers/redis.ts";
import type { Stand } from "../stand.ts";
import { eventBody } from "../tenants.ts";
import { connections, honesty, publishScenario } from "./publish.ts";

const warmEvents = 500;

/** The same work, 1 tenant × 1 endpoint, by us and by senders built on a job queue: same driver, sink, payload, signature, and server where it is Postgres. */
export async function peers(stand: Stand, events: number): Promise<Figures> {
  const ours = await publishScenario(stand, { tenants: 1, endpoints: 1, events });
  const graphile = await withDatabase(stand, "bench_peer", (store) => peer(stand, { queue: "graphile-worker", store, events, roots: { postgres: stand.roots["postgres"] ?? 0 } }));
  const everySecond = await onRedis(stand, "everysec", events);
  const always = await onRedis(stand, "always", events);
  const ratios = (theirs: Figures | string): Figures | string => (typeof theirs === "string" ? theirs : { deliveriesPerSecond: ratio(ours, theirs, "deliveriesPerSecond"), cpuMsPerDelivery: ratio(ours, theirs, "cpuMsPerDelivery.all") });
  return {
    ours, graphileWorker: graphile, bullmqEverySecond: everySecond, bullmqAlways: always,
    oursToTheirs: { graphileWorker: ratios(graphile), bullmqEverySecond: ratios(everySecond), bullmqAlways: ratios(always) },
  };
}

function ratio(ours: Figures, theirs: Figures, path: string): number {
  return rounded((figureAt(ours, path) ?? Number.NaN) / (figureAt(theirs, path) ?? Number.NaN));
}

/** As usual, Redis writes to disk every second: what it took in the last one is gone with the power. `always` promises what a commit does. */
async function onRedis(stand: Stand, fsync: Fsync, events: number): Promise<Figures | string> {
  const redis = await findRedis(fsync);
  if (typeof redis === "string") return `left out: ${redis}`;
  stand.closers.push(redis.stop);
  const counted: Roots = redis.pid === undefined ? {} : { redis: redis.pid };
  return await peer(stand, { queue: "bullmq", store: redis.url, events, roots: counted }).finally(() => redis.stop());
}

async function peer(stand: Stand, spec: { queue: QueueName; store: string; events: number; roots: Roots }): Promise<Figures> {
  const [api, worker] = [new AskedProcess("outbound", "peer-api"), new AskedProcess("outbound", "peer-worker")];
  const { queue, store } = spec;
  const key = stand.installation.adminKey;
  try {
    const port = await api.ask<number>("start", { queue, store, key });
    await worker.ask("start", { queue, store, url: `http://127.0.0.1:${stand.sinkPort}/peer/0`, secret: randomBytes(32).toString("base64") });
    const publish = async (total: number): Promise<Published> => {
      await stand.sink.ask("clear");
      const done = await stand.driver.ask<Published>("publish", { port, key, body: eventBody, connections, paths: ["/v1/tenants/peer/events"], total });
      await stand.sink.ask("waitFor", { count: total - done.refused, timeoutMs: 60_000 + total });
      return done;
    };
    await publish(warmEvents);
    const [published, used] = await metered({ api: api.pid, worker: worker.pid, ...spec.roots }, async () => {
      const done = await publish(spec.events);
      // Until what was sent is marked as done, as ours is.
      await worker.ask("close");
      return done;
    });
    const arrivals = await arrivalsOf(stand.sink, published, () => ["/peer/0"]);
    const { notMarkedDelivered: _, ...counts } = honesty({ published, arrivals, open: 0 });
    return {
      events: spec.events,
      deliveriesPerSecond: rounded(arrivals.deliveries / ((arrivals.lastAt - published.startedAt) / 1000)),
      postMs: spread(answerMs(published)),
      publishToArrivalMs: spread(arrivals.sentToArrivalMs),
      cpuMsPerDelivery: cpuFigures(used, arrivals.deliveries),
      peakMiB: used.peakMiB,
      ...counts,
    };
  } finally {
    // The worker first: the API's side clears the queue away.
    await worker.ask("close").catch(() => undefined);
    await api.ask("close").catch(() => undefined);
    await Promise.all([api.stop(), worker.stop()]);
  }
}
