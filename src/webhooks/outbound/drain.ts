import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { setAside, tidyShard } from "./breaker-upkeep.ts";
import { leaseSeconds } from "./delivery-store.ts";
import { DrainRound } from "./drain-round.ts";
import type { DueSignal } from "./due-signal.ts";

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

/** One round of a dispatcher shard: claims due deliveries, sends them, writes what came of it, until the budget is used up. */
export async function drainDeliveries(platform: Platform, dispatcher: GuardedDispatcher, due: DueSignal, input: DrainInput): Promise<{ sent: number }> {
  const round = new DrainRound(platform, dispatcher, input);
  const endAt = Date.now() + input.budgetMs;
  const renewal = setInterval(() => void round.renew(), (leaseSeconds * 1000) / 3);
  const settingAside = setInterval(() => void setAside(platform, input.shard), setAsideEveryMs);
  const tidied = tidyShard(platform, input.shard);
  try {
    while (Date.now() < endAt && !input.signal.aborted) {
      // Heard from here on: what is committed after the claim has looked must not wait for the poll.
      const heard = due.listen(input.shard);
      const claimed = await round.claim();
      input.onProgress(round.sent);
      if (claimed > 0) {
        heard.cancel();
        if (claimed < round.claimSize) await sleep(busyPauseMs);
        continue;
      }
      // Nothing to claim, or no room: room, a notification or the poll ends the wait.
      const waitMs = Math.max(0, Math.min(round.limited ? limitedPollMs : idlePollMs, endAt - Date.now()));
      await Promise.race([heard.wait(waitMs, input.signal), round.nextRoom()]);
      heard.cancel();
    }
    await Promise.all([round.finish(), tidied]);
    return { sent: round.sent };
  } finally {
    clearInterval(renewal);
    clearInterval(settingAside);
    await round.handBackRest().catch(() => undefined);
  }
}
