import { figureAt, rounded, type Figures } from "../../figures.ts";
import type { Stand } from "../stand.ts";
import { figuresOf, publishAll, warmTenants } from "./publish.ts";

/**
 * The cost of a delivery with so many old ones in the log. All of them are the measured endpoint's own, which is the worst
 * place for them: its lists, its indexes.
 */
export async function growth(stand: Stand, sizes: { rows: number; events: number }): Promise<Figures> {
  const spec = { tenants: 1, endpoints: 1, events: sizes.events };
  const tenants = await warmTenants(stand, spec);
  // The first size must not look dear because it is the first.
  await publishAll(stand, tenants, spec);
  // What came before would make the small log large. The installation is thrown away in any case.
  await stand.db.query("TRUNCATE delivery_attempt, webhook_delivery, webhook_event");
  const points: Figures = {};
  let stored = 0;
  const steps = [...new Set([1_000, 100_000, sizes.rows])].filter((rows) => rows <= sizes.rows);
  for (const rows of steps) {
    await addOldRows(stand, tenants[0] ?? "", stored, rows);
    stored = rows;
    points[String(rows)] = figuresOf(await publishAll(stand, tenants, spec), spec);
  }
  const cpu = (rows = 0): number => figureAt(points, `${rows}.cpuMsPerDelivery.all`) ?? Number.NaN;
  return { rows: points, cpuLargestToSmallest: rounded(cpu(steps.at(-1)) / cpu(steps[0])) };
}

/** Delivered in the month before, each at its first attempt. The ids sort before any that are made now. */
async function addOldRows(stand: Stand, tenant: string, from: number, to: number): Promise<void> {
  const client = await stand.db.connect();
  try {
    // The rows are right by how they are made: checking every reference would take most of the time.
    await client.query("SET session_replication_role = replica");
    const numbers = "generate_series($2::int + 1, $3::int) AS n";
    const at = "now() - interval '1 day' - interval '29 days' * (1 - n / $3::float8)";
    const id = (prefix: string): string => `'${prefix}_00' || lpad(n::text, 24, '0')`;
    await client.query(`INSERT INTO webhook_event (id, tenant_id, type, payload, created_at) SELECT ${id("evt")}, $1, 'bench.event', '{"text":"old"}', ${at} FROM ${numbers}`, [tenant, from, to]);
    await client.query(
      `INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, attempts, last_status_code, created_at, updated_at, delivered_at)
       SELECT ${id("dlv")}, $1, ${id("evt")}, ep.id, ep.shard, 'delivered', 1, 204, ${at}, ${at}, ${at} FROM ${numbers}, webhook_endpoint ep WHERE ep.tenant_id = $1`,
      [tenant, from, to],
    );
    await client.query(
      `INSERT INTO delivery_attempt (tenant_id, delivery_id, number, at, status_code, latency_ms, response_body)
       SELECT $1, ${id("dlv")}, 1, ${at}, 204, 3, '' FROM ${numbers}`,
      [tenant, from, to],
    );
    // Else the server would do both while we measure.
    await client.query("VACUUM (ANALYZE) webhook_event, webhook_delivery, delivery_attempt");
    await client.query("CHECKPOINT");
  } finally {
    client.release(true);
  }
}
