import { Queue, Worker } from "bullmq";
import type { JobQueue, WebhookJob } from "./job-queue.ts";

const name = "bench-webhooks";

function connection(url: string): { host: string; port: number; maxRetriesPerRequest: null } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 6379), maxRetriesPerRequest: null };
}

/** A job that is done leaves nothing behind: keeping it would cost BullMQ more, and nobody looks at it here. */
const jobOptions = { removeOnComplete: true, attempts: 10, backoff: { type: "exponential", delay: 5_000 } } as const;

export const bullmq: JobQueue = {
  openForAdding: async (url) => {
    const queue = new Queue<WebhookJob>(name, { connection: connection(url) });
    await queue.waitUntilReady();
    return {
      add: async (job) => void (await queue.add("send", job, jobOptions)),
      close: async () => {
        await queue.obliterate({ force: true });
        await queue.close();
      },
    };
  },
  work: async (url, concurrency, send) => {
    const worker = new Worker<WebhookJob>(name, async (job) => send(job.data), { connection: connection(url), concurrency });
    worker.on("error", (error) => console.error(`bullmq: ${error.message}`));
    await worker.waitUntilReady();
    return { close: () => worker.close() };
  },
};
