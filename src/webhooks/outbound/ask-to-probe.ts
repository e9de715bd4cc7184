import type { Tx } from "../../db/client.ts";
import { signalNames, type Actor } from "../../domain/processes.ts";
import { endpointRecoveryWorkflowId } from "../../domain/workflow-ids.ts";
import { enqueueCommand } from "../../temporal/outbox.ts";

/** The delivery's endpoint if its breaker is open, locked so that the recovery cannot end before what is held for it is there. */
export async function lockRecovering(tx: Tx, tenantId: string, deliveryId: string): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT ep.id FROM webhook_delivery d JOIN webhook_endpoint ep ON ep.id = d.endpoint_id
    WHERE d.tenant_id = ${tenantId} AND d.id = ${deliveryId} AND ep.status = 'degraded' AND ep.enabled FOR SHARE OF ep`;
  return row?.id ?? null;
}

/** A person wants this delivery sent now: the endpoint's recovery probes with it instead of waiting for its timer. Gives the command to send after the commit. */
export async function askToProbe(tx: Tx, tenantId: string, wanted: { endpointId: string; deliveryId: string; by: Actor }): Promise<string> {
  const workflowId = endpointRecoveryWorkflowId(wanted.endpointId);
  return await enqueueCommand(tx, tenantId, { kind: "signal", workflowId, signalName: signalNames.retryRequested, args: [wanted.by, wanted.deliveryId] });
}
