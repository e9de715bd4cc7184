import type { Platform } from "../../context.ts";
import type { Tx } from "../../db/client.ts";
import { addTimelineEntry } from "../../db/repositories/timeline.ts";
import { taskQueues, workflowNames, type RecoverEndpointInput } from "../../domain/processes.ts";
import { breakerThreshold } from "../../domain/recovery.ts";
import { endpointRecoveryWorkflowId } from "../../domain/workflow-ids.ts";
import { enqueueCommand, sendCommandSoon, type StartCommand } from "../../temporal/outbox.ts";

const heldAtOnce = 5_000;

/** Takes a failing endpoint out of the dispatch: what waits is held and one recovery run is started, in one commit. */
export async function openBreaker(platform: Platform, tenantId: string, endpointId: string): Promise<void> {
  const commandId = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({
      where: { tenantId, id: endpointId, status: "healthy", enabled: true, deletedAt: null, consecutiveFailures: { gte: breakerThreshold } },
      data: { status: "degraded", updatedAt: new Date() },
    });
    if (count === 0) return null;
    // A longer queue, and what is being sent at this moment, is held by the dispatcher's next look.
    await tx.$executeRaw`
      UPDATE webhook_delivery SET status = 'held', next_attempt_at = NULL, updated_at = now()
      WHERE id IN (
        SELECT d.id FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
        WHERE ep.id = ${endpointId} AND d.shard = ep.shard AND d.status IN ('pending', 'retrying') AND (d.lease_until IS NULL OR d.lease_until < now())
        LIMIT ${heldAtOnce} FOR UPDATE OF d SKIP LOCKED)`;
    await openRun(tx, tenantId, endpointId);
    await addTimelineEntry(tx, tenantId, {
      subjectId: endpointId, kind: "endpoint.degraded", actor: { type: "system" },
      summary: `${breakerThreshold} deliveries in a row failed: all wait while the endpoint is probed.`,
    });
    return await enqueueCommand(tx, tenantId, recoveryStart(platform, { tenantId, endpointId }));
  });
  // The dispatcher does not wait for Temporal: it has other endpoints' results to write.
  if (commandId !== null) void sendCommandSoon(platform, commandId);
}

/** The run as lists show it; an endpoint's next outage shows as a new run under the same id. */
export async function openRun(tx: Tx, tenantId: string, endpointId: string): Promise<void> {
  const now = new Date();
  const workflowId = endpointRecoveryWorkflowId(endpointId);
  const fresh = { status: "running", step: "Starting", problem: null, nextTimer: null, createdAt: now, updatedAt: now, closedAt: null };
  await tx.run.upsert({ where: { workflowId }, create: { ...fresh, workflowId, tenantId, kind: "webhook_recovery", subjectId: endpointId }, update: fresh });
}

export function recoveryStart(platform: Platform, input: RecoverEndpointInput): StartCommand {
  const { tenantId, endpointId } = input;
  return {
    kind: "start",
    workflowId: endpointRecoveryWorkflowId(endpointId),
    workflowName: workflowNames.recoverEndpoint,
    taskQueue: taskQueues.orchestration,
    args: [input],
    summary: `Webhook endpoint recovery · tenant ${tenantId}`,
    details: `**Recovery of webhook endpoint** ${endpointId}.\n\n- [Open in the console](${platform.config.publicUrl}/console/t/${tenantId}/endpoints/${endpointId})\n- Signals: \`retryRequested\` probes now, \`cancelRequested\` gives the deliveries back to the dispatcher.`,
    attributes: { TenantId: tenantId, ProcessKind: "webhook_recovery", SubjectId: endpointId, ProcessStatus: "waiting" },
    reuse: "after_close",
  };
}
