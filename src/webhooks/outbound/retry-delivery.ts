import type { Caller, Platform } from "../../context.ts";
import type { Tx } from "../../db/client.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import { getDelivery, lockDelivery, type DeliveryWithAttempts } from "../../db/repositories/deliveries.ts";
import { signalNames } from "../../domain/processes.ts";
import { endpointRecoveryWorkflowId } from "../../domain/workflow-ids.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { AppError } from "../../lib/errors.ts";
import { enqueueCommand, sendCommandSoon } from "../../temporal/outbox.ts";
import { notifyDue } from "./endpoints.ts";
import { renewedDeadline } from "./recovery-filter.ts";

/**
 * Resends one delivery to its endpoint now, whatever became of it before and whatever it waits for; its attempts count on,
 * so that its schedule goes on from there. Where the endpoint's breaker is open it joins what is held, and the recovery
 * tries the endpoint at once instead of at its next time.
 * @throws AppError not_found, illegal_state
 */
export async function retryDelivery(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<DeliveryWithAttempts> {
  const { delivery, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockDelivery(tx, tenantId, id);
    if (!before.endpointOpen) throw new AppError("illegal_state", "The endpoint is disabled or deleted; nothing can be sent to it.");
    if (before.inFlight) throw new AppError("illegal_state", "The delivery is being sent at this moment.");
    const status = before.endpointDegraded ? "held" : "pending";
    await tx.$executeRaw(Prisma.sql`
      UPDATE webhook_delivery d
      SET status = ${status}, next_attempt_at = ${status === "held" ? null : Prisma.sql`now()`}, delivered_at = NULL, lease_until = NULL, lease_token = NULL, updated_at = now(),
          expires_at = ${renewedDeadline}
      WHERE d.tenant_id = ${tenantId} AND d.id = ${id}`);
    await recordAudit(tx, tenantId, caller, { action: "delivery.retried", subjectType: "delivery", subjectId: id, before: { status: before.status }, after: { status } });
    if (status === "pending") await notifyDue(tx, [before.shard]);
    const commandId = status === "held" ? await probeNow(tx, tenantId, before.endpointId, caller) : null;
    return { delivery: await getDelivery(tx, tenantId, id), commandId };
  });
  if (commandId !== null) await sendCommandSoon(platform, commandId);
  return delivery;
}

/** Without a run there is none to tell: the one that is missing is started soon, and begins with a probe. */
async function probeNow(tx: Tx, tenantId: string, endpointId: string, caller: Caller): Promise<string | null> {
  const workflowId = endpointRecoveryWorkflowId(endpointId);
  const open = await tx.run.count({ where: { tenantId, workflowId, closedAt: null } });
  return open === 0 ? null : await enqueueCommand(tx, tenantId, { kind: "signal", workflowId, signalName: signalNames.retryRequested, args: [caller.actor] });
}
