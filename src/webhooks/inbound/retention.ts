import type { Platform } from "../../context.ts";
import { firstIdOf } from "../../lib/ids.ts";

const perStatement = 5_000;
const dayMs = 86_400_000;

/** Removes what has been kept long enough: bodies first, then the log's rows; rejected rows with the bodies. */
export async function removeOldInbound(platform: Platform): Promise<void> {
  const now = platform.clock.now().getTime();
  const bodiesBefore = new Date(now - platform.config.inboundBodyDays * dayMs);
  const rowsBefore = new Date(now - platform.config.inboundEventDays * dayMs);
  await removeAll(platform, "DELETE FROM inbound_body WHERE id IN (SELECT id FROM inbound_body WHERE id < $1 ORDER BY id LIMIT $2)", firstIdOf("inb", bodiesBefore));
  await removeAll(platform, "DELETE FROM inbound_event WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM inbound_event WHERE received_at < $1 AND status = 'rejected' LIMIT $2)", bodiesBefore);
  await removeAll(platform, "DELETE FROM inbound_event WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM inbound_event WHERE received_at < $1 AND status <> 'received' LIMIT $2)", rowsBefore);
}

async function removeAll(platform: Platform, sql: string, before: string | Date): Promise<void> {
  for (let removed = perStatement; removed === perStatement; ) removed = (await platform.db.hot.upkeep.query(sql, [before, perStatement])).rowCount ?? 0;
}
