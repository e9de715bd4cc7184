import type { Database } from "../../db/client.ts";
import type { Logger } from "../../lib/logger.ts";
import type { DeliveryResult } from "./delivery-store.ts";
import { publishEvents } from "./publish.ts";

const warnAfterMs = 24 * 3_600_000;
const disableAfterMs = 5 * 24 * 3_600_000;

/**
 * Keeps an endpoint's health in step with its deliveries: the first failure starts the clock, one success stops it; after
 * a day the tenant is warned (endpoint.failing), after five the endpoint is disabled (endpoint.disabled) and what waits is
 * held. 410 Gone disables at once. Each change is said once: the row's own state decides, not this process's memory.
 */
export async function noteEndpointHealth(db: Database, results: DeliveryResult[], now: Date, logger: Logger): Promise<void> {
  const succeeded = new Map<string, string>();
  const failed = new Map<string, string>();
  const gone = new Map<string, string>();
  for (const { delivery, outcome } of results) {
    if (outcome.ok) succeeded.set(delivery.endpointId, delivery.tenantId);
    else if (outcome.statusCode === 410) gone.set(delivery.endpointId, delivery.tenantId);
    else failed.set(delivery.endpointId, delivery.tenantId);
  }
  for (const [endpointId, tenantId] of gone) await disableEndpoint(db, tenantId, endpointId, "The endpoint answered 410 Gone.");
  if (succeeded.size > 0) await noteRecovered(db, [...succeeded.keys()]);
  const failing = [...failed.keys()].filter((id) => !succeeded.has(id) && !gone.has(id));
  if (failing.length === 0) return;
  await db.pool.query(
    "UPDATE webhook_endpoint SET failing_since = now(), status = 'degraded', updated_at = now() WHERE id = ANY($1::text[]) AND failing_since IS NULL AND enabled",
    [failing],
  );
  const { rows } = await db.pool.query<{ id: string; tenant_id: string; failing_since: Date; failure_warned_at: Date | null }>(
    "SELECT id, tenant_id, failing_since, failure_warned_at FROM webhook_endpoint WHERE id = ANY($1::text[]) AND enabled AND failing_since < $2",
    [failing, new Date(now.getTime() - warnAfterMs)],
  );
  for (const row of rows) {
    if (row.failing_since.getTime() < now.getTime() - disableAfterMs) {
      await disableEndpoint(db, row.tenant_id, row.id, "The endpoint failed for five days.");
      logger.warn({ endpointId: row.id }, "endpoint disabled after five days of failure");
    } else if (row.failure_warned_at === null) await warnOfFailure(db, row.tenant_id, row.id);
  }
}

async function noteRecovered(db: Database, endpointIds: string[]): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; tenant_id: string }>(
    `SELECT id, tenant_id FROM webhook_endpoint WHERE id = ANY($1::text[]) AND failing_since IS NOT NULL`,
    [endpointIds],
  );
  for (const row of rows) {
    await db.tenantTransaction(row.tenant_id, async (tx) => {
      const [before] = await tx.$queryRaw<{ warned: boolean }[]>`
        SELECT failure_warned_at IS NOT NULL AS warned FROM webhook_endpoint WHERE id = ${row.id} AND failing_since IS NOT NULL FOR UPDATE`;
      if (before === undefined) return;
      await tx.webhookEndpoint.update({
        where: { id: row.id },
        data: { failingSince: null, failureWarnedAt: null, status: "healthy", updatedAt: new Date() },
      });
      // Only a failure that was told is answered by a recovery: a single lost attempt is no news.
      if (before.warned) await publishEvents(tx, row.tenant_id, [{ type: "endpoint.recovered", payload: { endpointId: row.id } }]);
    });
  }
}

async function warnOfFailure(db: Database, tenantId: string, endpointId: string): Promise<void> {
  await db.tenantTransaction(tenantId, async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({
      where: { id: endpointId, failureWarnedAt: null, enabled: true },
      data: { failureWarnedAt: new Date() },
    });
    if (count > 0) await publishEvents(tx, tenantId, [{ type: "endpoint.failing", payload: { endpointId } }]);
  });
}

async function disableEndpoint(db: Database, tenantId: string, endpointId: string, reason: string): Promise<void> {
  await db.tenantTransaction(tenantId, async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({
      where: { id: endpointId, enabled: true },
      data: { enabled: false, status: "disabled", updatedAt: new Date() },
    });
    if (count === 0) return;
    await tx.webhookDelivery.updateMany({
      where: { endpointId, status: { in: ["pending", "retrying"] } },
      data: { status: "held", nextAttemptAt: null, leaseUntil: null, leaseToken: null },
    });
    await publishEvents(tx, tenantId, [{ type: "endpoint.disabled", payload: { endpointId, reason } }]);
  });
}
