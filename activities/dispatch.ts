import { Context } from "@temporalio/activity";
import type { Drainer } from "../src/webhooks/outbound/drain.ts";

export type DispatchActivities = ReturnType<typeof createDispatchActivities>;

const heartbeatMs = 4_000;

/** One round of a dispatcher shard. A killed worker's round is taken over within the heartbeat time-out and the lease. */
export function createDispatchActivities(drainer: Drainer, stopping: AbortSignal) {
  return {
    async drainDeliveries(input: { shard: number; budgetMs: number }): Promise<{ sent: number }> {
      const context = Context.current();
      let sent = 0;
      const beat = setInterval(() => context.heartbeat(sent), heartbeatMs);
      try {
        return await drainer.drain({
          ...input,
          signal: AbortSignal.any([context.cancellationSignal, stopping]),
          onProgress: (count) => {
            sent = count;
          },
        });
      } finally {
        clearInterval(beat);
      }
    },
  };
}
