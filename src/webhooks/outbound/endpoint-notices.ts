import type { Database, Tx } from "../../db/client.ts";
import { addTimelineEntry } from "../../db/repositories/timeline.ts";
import { disableAfterFailures } from "../../domain/recovery.ts";
import { publishEvents } from "./publish.ts";

/** What a tenant is told about an endpoint. Each is said once: the row's own state decides, not a process's memory. */

export async function warnOfFailure(tx: Tx, tenantId: string, endpointId: string): Promise<void> {
  const { count } = await tx.webhookEndpoint.updateMany({ where: { tenantId, id: endpointId, failureWarnedAt: null, enabled: true }, data: { failureWarnedAt: new Date() } });
  if (count === 0) return;
  await addTimelineEntry(tx, tenantId, { subjectId: endpointId, kind: "endpoint.failing", actor: { type: "system" }, summary: "The endpoint has failed for a day; its owner was told." });
  await publishEvents(tx, tenantId, [{ type: "endpoint.failing", payload: { endpointId } }]);
}

/** Only a failure that was told is answered by a recovery: a few lost attempts are no news. */
export async function tellRecovered(tx: Tx, tenantId: string, endpointId: string): Promise<void> {
  const { count } = await tx.webhookEndpoint.updateMany({
    where: { tenantId, id: endpointId, failureWarnedAt: { not: null }, enabled: true },
    data: { failureWarnedAt: null },
  });
  if (count > 0) await publishEvents(tx, tenantId, [{ type: "endpoint.recovered", payload: { endpointId } }]);
}

/** What waits for it is held until a person enables it again. */
export async function disableEndpoint(db: Database, tenantId: string, endpointId: string, reason: string): Promise<void> {
  await db.tenantTransaction(tenantId, async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({ where: { tenantId, id: endpointId, enabled: true }, data: { enabled: false, status: "disabled", updatedAt: new Date() } });
    if (count === 0) return;
    await tx.webhookDelivery.updateMany({
      where: { tenantId, endpointId, status: { in: ["pending", "retrying"] } },
      data: { status: "held", nextAttemptAt: null, leaseUntil: null, leaseToken: null, updatedAt: new Date() },
    });
    await addTimelineEntry(tx, tenantId, { subjectId: endpointId, kind: "endpoint.disabled", actor: { type: "system" }, summary: reason });
    await publishEvents(tx, tenantId, [{ type: "endpoint.disabled", payload: { endpointId, reason } }]);
  });
}

/** Five days of failures disable an endpoint, if enough was sent in them. False leaves it as it is: too little was tried to be sure. */
export async function disableAfterLongOutage(db: Database, tenantId: string, endpointId: string): Promise<boolean> {
  if ((await countFailedAttempts(db, endpointId)) < disableAfterFailures) return false;
  await disableEndpoint(db, tenantId, endpointId, "The endpoint failed for five days.");
  return true;
}

/**
 * Failed attempts since the failure that began the outage, retries among them; a success would have ended it. Asked only
 * when five days have passed, and no further than is needed, newest deliveries first.
 */
async function countFailedAttempts(db: Database, endpointId: string): Promise<number> {
  const { rows } = await db.hot.dispatch.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT 1 FROM webhook_endpoint ep
       JOIN webhook_delivery d ON d.endpoint_id = ep.id AND d.updated_at >= ep.failing_since
       JOIN delivery_attempt a ON a.delivery_id = d.id AND a.at >= ep.failing_since AND a.error IS NOT NULL
       WHERE ep.id = $1 ORDER BY d.id DESC LIMIT ${disableAfterFailures}
     ) failed`,
    [endpointId],
  );
  return rows[0]?.count ?? 0;
}
