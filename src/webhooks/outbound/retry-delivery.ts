import type { Caller, Platform } from "../../context.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import { getDelivery, lockDelivery, type DeliveryWithAttempts } from "../../db/repositories/deliveries.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { AppError } from "../../lib/errors.ts";
import { sendCommandSoon } from "../../temporal/outbox.ts";
import { askToProbe, lockRecovering } from "./ask-to-probe.ts";
import { notifyDue } from "./notify-due.ts";
import { renewedDeadline } from "./recovery-filter.ts";

/**
 * Resends one delivery to its endpoint now, whatever became of it before and whatever it waits for; its attempts count on,
 * so that its schedule goes on from there. While the endpoint's breaker is open it is held like the others, and the
 * recovery probes with it at once instead of at its next time.
 * @throws AppError not_found, illegal_state
 */
export async function retryDelivery(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<DeliveryWithAttempts> {
  const { delivery, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const recovering = await lockRecovering(tx, tenantId, id);
    const before = await lockDelivery(tx, tenantId, id);
    if (!before.endpointOpen) throw new AppError("illegal_state", "The endpoint is disabled or deleted; nothing can be sent to it.");
    if (before.inFlight) throw new AppError("illegal_state", "The delivery is being sent at this moment.");
    const status = recovering === null ? "pending" : "held";
    await tx.$executeRaw(Prisma.sql`
      UPDATE webhook_delivery d
      SET status = ${status}, next_attempt_at = ${status === "held" ? null : Prisma.sql`now()`}, delivered_at = NULL, lease_until = NULL, lease_token = NULL, updated_at = now(),
          expires_at = ${renewedDeadline}
      WHERE d.tenant_id = ${tenantId} AND d.id = ${id}`);
    await recordAudit(tx, tenantId, caller, { action: "delivery.retried", subjectType: "delivery", subjectId: id, before: { status: before.status }, after: { status } });
    if (status === "pending") await notifyDue(tx, [before.shard]);
    const commandId = recovering === null ? null : await askToProbe(tx, tenantId, { endpointId: recovering, deliveryId: id, by: caller.actor });
    return { delivery: await getDelivery(tx, tenantId, id), commandId };
  });
  if (commandId !== null) await sendCommandSoon(platform, commandId);
  return delivery;
}
