import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from "@temporalio/client";
import type { Platform } from "../src/context.ts";
import { taskQueues, workflowNames } from "../src/domain/processes.ts";
import { deliveryCheckScheduleId, deliveryCheckWorkflowId } from "../src/domain/workflow-ids.ts";

/** What Temporal starts by the clock: created by whichever worker comes first, found again by all others. */
export async function createSchedules(platform: Platform): Promise<void> {
  try {
    await platform.temporal.client.schedule.create({
      scheduleId: deliveryCheckScheduleId,
      spec: { intervals: [{ every: "1 minute" }] },
      action: {
        type: "startWorkflow", workflowType: workflowNames.checkDeliveries, workflowId: deliveryCheckWorkflowId, taskQueue: taskQueues.orchestration, args: [],
        workflowExecutionTimeout: "5 minutes", staticSummary: "Check of the outbound deliveries",
      },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 minute" },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
