import { Connection } from "@temporalio/client";

export interface HistoryLength {
  workflowId: string;
  events: number;
}

/** How many events each run has in its history, open and closed ones, longest first. */
export async function historyLengths(address: string, namespace = "default"): Promise<HistoryLength[]> {
  const connection = await Connection.connect({ address });
  try {
    const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1_000 });
    const lengths = await Promise.all(executions.map(async ({ execution }) => {
      const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({ namespace, execution });
      return { workflowId: execution?.workflowId ?? "", events: Number(workflowExecutionInfo?.historyLength ?? 0) };
    }));
    return lengths.sort((a, b) => b.events - a.events);
  } finally {
    await connection.close();
  }
}
