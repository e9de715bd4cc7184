/** One event on its way to one endpoint, as a webhook sender on a job queue would queue it. */
export interface WebhookJob {
  id: string;
  type: string;
  createdAt: string;
  payload: unknown;
}

/** A job queue that people build webhook senders on. `store` is where it keeps its jobs. */
export interface JobQueue {
  /** For the API's process. */
  openForAdding(store: string): Promise<{ add(job: WebhookJob): Promise<void>; close(): Promise<void> }>;
  /** For the worker's: calls `send` for each job, a throw is tried again later. `close` lets what runs finish and be marked. */
  work(store: string, concurrency: number, send: (job: WebhookJob) => Promise<void>): Promise<{ close(): Promise<void> }>;
}

export type QueueName = "graphile-worker" | "bullmq";

/** Loads one alone: nobody pays for the other's code. */
export async function jobQueue(name: QueueName): Promise<JobQueue> {
  if (name === "graphile-worker") return (await import("./graphile-worker.ts")).graphileWorker;
  return (await import("./bullmq.ts")).bullmq;
}
