import { newId } from "../../src/lib/ids.ts";
import type { TestPlatform } from "./platform.ts";

/** Events of one type and a failed delivery with one attempt of each, as an endpoint's bad hour leaves them. Gives the deliveries' ids. */
export async function seedFailed(platform: TestPlatform, tenant: string, endpointId: string, count: number, options: { type?: string; status?: string } = {}): Promise<string[]> {
  const events = await seedEvents(platform, tenant, count, options.type);
  const ids = events.map(() => newId("dlv"));
  const pool = platform.owner;
  await pool.query(
    `INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, attempts, last_status_code)
     SELECT t.id, $1, t.event_id, $2, (SELECT shard FROM webhook_endpoint WHERE id = $2), $5, 1, 500 FROM unnest($3::text[], $4::text[]) AS t(id, event_id)`,
    [tenant, endpointId, ids, events, options.status ?? "failed"],
  );
  await pool.query(
    `INSERT INTO delivery_attempt (tenant_id, delivery_id, number, at, status_code, latency_ms, error)
     SELECT $1, t.id, 1, now(), 500, 10 * t.place, 'status' FROM unnest($2::text[]) WITH ORDINALITY AS t(id, place)`,
    [tenant, ids],
  );
  return ids;
}

/** Events that made no delivery. */
export async function seedEvents(platform: TestPlatform, tenant: string, count: number, type = "application.created"): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId("evt"));
  await platform.owner.query("INSERT INTO webhook_event (id, tenant_id, type, payload) SELECT id, $1, $2, '{}' FROM unnest($3::text[]) AS t(id)", [tenant, type, ids]);
  return ids;
}
