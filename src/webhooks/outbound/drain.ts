import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { setAside, tidyShard } from "./breaker-upkeep.ts";
import type { DueSignal } from "./due-signal.ts";
import { ShardDrain } from "./shard-drain.ts";

const idlePollMs = 500;
/** A bucket refills in about this time: what a rate limit held back is looked for again. */
const limitedPollMs = 100;
const setAsideEveryMs = 2_000;
/** While much is sent, claims come together rather than one for every few rows. */
const busyPauseMs = 4;

export interface DrainInput {
  shard: number;
  /** How long to go on; the calling workflow starts the next round. */
  budgetMs: number;
  /** Aborted when the worker shuts down or the run is cancelled: stop claiming, let what is in flight finish. */
  signal: AbortSignal;
  onProgress(sent: number): void;
}

/** Drains the shards of one worker. */
export interface Drainer {
  /** One round of a shard: claims due deliveries and sends them, until the budget is used up. */
  drain(input: DrainInput): Promise<{ sent: number }>;
  /** Waits for what is under way, also between two rounds, and writes its results. */
  close(): Promise<void>;
}

export function createDrainer(platform: Platform, dispatcher: GuardedDispatcher, due: DueSignal): Drainer {
  const shards = new Map<number, ShardDrain>();
  const drainOf = (shard: number): ShardDrain => {
    const known = shards.get(shard) ?? new ShardDrain(platform, dispatcher, shard);
    shards.set(shard, known);
    return known;
  };
  return {
    async drain(input) {
      const drain = drainOf(input.shard);
      const before = drain.sent;
      const settingAside = setInterval(() => void setAside(platform, input.shard), setAsideEveryMs);
      const tidied = tidyShard(platform, input.shard);
      try {
        await claimUntilOver(drain, due, { ...input, onProgress: (sent) => input.onProgress(sent - before) });
        await tidied;
        return { sent: drain.sent - before };
      } finally {
        clearInterval(settingAside);
        // Another activity of this worker, should there be one, begins anew.
        if (input.signal.aborted && shards.get(input.shard) === drain) shards.delete(input.shard);
        await (input.signal.aborted ? drain.stop() : drain.handBack()).catch(() => undefined);
      }
    },
    async close() {
      await Promise.allSettled([...shards.values()].map((drain) => drain.stop()));
    },
  };
}

async function claimUntilOver(drain: ShardDrain, due: DueSignal, input: DrainInput): Promise<void> {
  const endAt = Date.now() + input.budgetMs;
  while (Date.now() < endAt && !input.signal.aborted) {
    // Heard from here on: what is committed after the claim has looked must not wait for the poll.
    const heard = due.listen(input.shard);
    const claimed = await drain.claim();
    input.onProgress(drain.sent);
    if (claimed > 0) {
      heard.cancel();
      if (claimed < drain.claimSize) await sleep(busyPauseMs);
      continue;
    }
    // Nothing to claim, or no room: room, a notification or the poll ends the wait.
    const waitMs = Math.max(0, Math.min(drain.limited ? limitedPollMs : idlePollMs, endAt - Date.now()));
    await Promise.race([heard.wait(waitMs, input.signal), drain.nextRoom()]);
    heard.cancel();
  }
}
