import { ScheduleNotFoundError } from "@temporalio/client";
import type { Platform } from "../context.ts";
import type { DeliveryCheck } from "../domain/processes.ts";
import { deliveryCheckScheduleId } from "../domain/workflow-ids.ts";

const limitMs = 3_000;

/** The result of the newest check of the outbound deliveries that has ended well; null before the first. */
export async function lastDeliveryCheck({ temporal }: Platform): Promise<DeliveryCheck | null> {
  const { client } = temporal;
  return await client.connection.withDeadline(Date.now() + limitMs, async () => {
    for (const { workflowId } of await recentRuns(client)) {
      const handle = client.workflow.getHandle(workflowId);
      const { status } = await handle.describe();
      if (status.name === "COMPLETED") return (await handle.result()) as DeliveryCheck;
    }
    return null;
  });
}

/** Newest first. */
async function recentRuns(client: Platform["temporal"]["client"]): Promise<{ workflowId: string }[]> {
  try {
    const { info } = await client.schedule.getHandle(deliveryCheckScheduleId).describe();
    return info.recentActions.toReversed().flatMap(({ action }) => (action.type === "startWorkflow" ? [action.workflow] : []));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return [];
    throw error;
  }
}
