import { rounded, type Figures } from "../../figures.ts";
import { newId } from "../../../src/lib/ids.ts";
import { dueChannel } from "../../../src/webhooks/outbound/due-channel.ts";
import { arrivalsOf } from "../arrivals.ts";
import { drainBare } from "../bare.ts";
import { monotonicMs } from "../../shared/clock.ts";
import type { Published } from "../driving.ts";
import { cpuFigures, metered } from "../../shared/meter.ts";
import { payload } from "../payload.ts";
import type { Stand } from "../stand.ts";
import { makeTenants, settled } from "../tenants.ts";
import { honesty } from "./publish.ts";

const sizes = { one: 1, ten: 10 };

/** How fast a stored backlog drains, of one endpoint and of ten, against the bare loop on the same server and to the same sink. */
export async function backlog(stand: Stand, deliveries: number): Promise<Figures> {
  const bare = await drainBare(stand, deliveries);
  const [one, ten] = [await drain(stand, deliveries, sizes.one), await drain(stand, deliveries, sizes.ten)];
  const share = (figures: Figures): number => rounded(Number(figures["deliveriesPerSecond"]) / Number(bare["deliveriesPerSecond"]));
  return { deliveries, oneEndpoint: one, tenEndpoints: ten, bareLoop: bare, shareOfBare: { oneEndpoint: share(one), tenEndpoints: share(ten) } };
}

/**
 * The backlog is written as accepting writes it, in one transaction whose commit is the starting gun: nobody sees a part of
 * it, and no process has to be held still meanwhile.
 */
async function drain(stand: Stand, deliveries: number, endpoints: number): Promise<Figures> {
  const [tenant = ""] = await makeTenants(stand, 1, endpoints);
  const events = Array.from({ length: deliveries }, () => newId("evt"));
  await stand.sink.ask("clear");
  const client = await stand.db.connect();
  try {
    await client.query("BEGIN");
    await client.query("INSERT INTO webhook_event (id, tenant_id, type, payload) SELECT id, $1, 'bench.event', $2::json FROM unnest($3::text[]) AS t(id)", [tenant, JSON.stringify(payload), events]);
    const { rows } = await client.query<{ id: string; url: string }>("SELECT id, url FROM webhook_endpoint WHERE tenant_id = $1 ORDER BY url", [tenant]);
    const paths = rows.map(({ url }) => new URL(url).pathname);
    await client.query(
      `INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
       SELECT t.id, $1, t.event_id, ep.id, ep.shard, 'pending', now() FROM unnest($2::text[], $3::text[], $4::text[]) AS t(id, event_id, endpoint_id) JOIN webhook_endpoint ep ON ep.id = t.endpoint_id`,
      [tenant, events.map(() => newId("dlv")), events, events.map((_, n) => rows[n % rows.length]?.id)],
    );
    await client.query("ANALYZE webhook_event, webhook_delivery");
    await client.query("SELECT pg_notify($1, shard::text) FROM webhook_endpoint WHERE tenant_id = $2", [dueChannel, tenant]);
    const [startedAt, used] = await metered(stand.roots, async () => {
      await client.query("COMMIT");
      const at = monotonicMs();
      await stand.sink.ask("waitFor", { count: deliveries, timeoutMs: 60_000 + deliveries });
      await settled(stand, [tenant]);
      return at;
    });
    const open = await settled(stand, [tenant], 0);
    const published: Published = { ids: events, sentAt: new Float64Array(deliveries), acceptedAt: new Float64Array(deliveries), startedAt, endedAt: startedAt, refused: 0, firstRefusal: "" };
    const arrivals = await arrivalsOf(stand.sink, published, (place) => [paths[place % paths.length] ?? ""]);
    return { deliveriesPerSecond: rounded(arrivals.deliveries / ((arrivals.lastAt - startedAt) / 1000)), cpuMsPerDelivery: cpuFigures(used, arrivals.deliveries), ...honesty({ published, arrivals, open }) };
  } finally {
    client.release(true);
  }
}
