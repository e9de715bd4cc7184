import { Logger, makeWorkerUtils, run } from "graphile-worker";
import type { JobQueue, WebhookJob } from "./job-queue.ts";

const task = "send_webhook";
const logger = new Logger(() => (level, message) => (level === "error" ? console.error(message) : undefined));

/**
 * graphile-worker set up for throughput as its own guide says (https://worker.graphile.org/docs/performance): jobs are fetched
 * in batches and marked in batches.
 */
export const graphileWorker: JobQueue = {
  openForAdding: async (connectionString) => {
    const utils = await makeWorkerUtils({ connectionString, maxPoolSize: 12, logger });
    await utils.migrate();
    return {
      add: async (job) => void (await utils.addJob(task, job, { maxAttempts: 10 })),
      close: async () => utils.release(),
    };
  },
  work: async (connectionString, concurrency, send) => {
    const runner = await run({
      preset: { worker: { connectionString, concurrentJobs: concurrency, maxPoolSize: 12, localQueue: { size: 250 }, completeJobBatchDelay: 0, failJobBatchDelay: 0, logger } },
      noHandleSignals: true,
      taskList: { [task]: async (job) => send(job as WebhookJob) },
    });
    return { close: () => runner.stop() };
  },
};
