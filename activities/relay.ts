import { setTimeout as sleep } from "node:timers/promises";
import { Context } from "@temporalio/activity";
import type { Platform } from "../src/context.ts";
import { removeExpiredAnswers, removeFullBuckets } from "../src/db/housekeeping.ts";
import { bestEffort } from "../src/lib/logger.ts";
import { restartOverdue } from "../src/rotation/overdue.ts";
import { relayOutboxCommands } from "../src/temporal/outbox.ts";
import { relayInboundNews } from "../src/webhooks/inbound/relay.ts";
import { removeOldInbound } from "../src/webhooks/inbound/retention.ts";
import type { DueEar, DueSignal } from "../src/webhooks/outbound/due-signal.ts";

export type RelayActivities = ReturnType<typeof createRelayActivities>;

const idlePollMs = 1_000;
/** While Temporal is away nothing is gained by asking it without a break. */
const awayPauseMs = 1_000;

/** The two relays between Postgres and Temporal: recorded news to the runs that wait for them, and commands that a process could not send. */
export function createRelayActivities(platform: Platform, inboundDue: DueSignal, stopping: AbortSignal) {
  async function loop(budgetMs: number, round: () => Promise<number>, pause: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const context = Context.current();
    const signal = AbortSignal.any([context.cancellationSignal, stopping]);
    const endAt = Date.now() + budgetMs;
    while (Date.now() < endAt && !signal.aborted) {
      context.heartbeat();
      if ((await round()) === 0) await pause(signal);
    }
  }

  return {
    relayInboundNews: async (input: { budgetMs: number }) => {
      let ear: DueEar | undefined;
      await loop(
        input.budgetMs,
        async () => {
          // Heard from before the look, so that what comes during it is not waited for.
          ear ??= inboundDue.listen(0);
          const { relayed, more, away } = await relayInboundNews(platform, () => Context.current().heartbeat());
          if (away) await sleep(awayPauseMs);
          return more ? 1 : relayed;
        },
        async (signal) => {
          await ear?.wait(idlePollMs, signal);
          ear?.cancel();
          ear = undefined;
        },
      );
      ear?.cancel();
    },
    relayOutboxCommands: async (input: { budgetMs: number }) => {
      await bestEffort(removeExpiredAnswers(platform), "the next round removes them", platform.logger);
      await bestEffort(removeFullBuckets(platform), "the next round removes them", platform.logger);
      await bestEffort(removeOldInbound(platform), "the next round removes them", platform.logger);
      await bestEffort(restartOverdue(platform), "the next round starts them", platform.logger);
      await loop(
        input.budgetMs,
        async () => (await relayOutboxCommands(platform, 100)).sent,
        (signal) => new Promise((resolve) => {
          const timer = setTimeout(resolve, idlePollMs);
          signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
        }),
      );
    },
  };
}
