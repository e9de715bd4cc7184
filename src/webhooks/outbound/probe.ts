import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { attemptDelivery } from "./attempt.ts";
import { releaseLeases, writeResults, type ClaimedDelivery, type DeliveryResult } from "./delivery-store.ts";
import { claimHeld, countHeld } from "./held-store.ts";
import type { AttemptOutcome } from "./send.ts";
import { SecretHeaders } from "./secret-headers.ts";
import { Signers } from "./signers.ts";

const atOnce = 10;
const budgetMs = 10_000;

export interface HeldSent {
  sent: number;
  /** The first attempt that failed; nothing was begun after it. */
  failure: AttemptOutcome | null;
  waiting: number;
}

export interface HeldToSend {
  endpointId: string;
  limit: number;
  /** The one that a person asked for; it may be gone by now. */
  deliveryId?: string | undefined;
  signal: AbortSignal;
}

/** Sends the oldest held deliveries of an endpoint, spread over a second, and stops at the first failure. A crash sends some of them twice. */
export async function sendHeld(platform: Platform, dispatcher: GuardedDispatcher, input: HeldToSend): Promise<HeldSent> {
  const pool = platform.db.hot.dispatch;
  const leaseToken = randomUUID();
  const began = Date.now();
  const claimed = await claimWanted(pool, { ...input, leaseToken });
  let sent = 0;
  let failure: AttemptOutcome | null = null;
  try {
    while (sent < claimed.length && failure === null && Date.now() < began + budgetMs && !input.signal.aborted) {
      await sleep(Math.max(0, began + (1_000 * sent) / input.limit - Date.now()));
      const results = await Promise.all(claimed.slice(sent, sent + atOnce).map((delivery) => attempt(platform, dispatcher, delivery)));
      await writeResults(pool, results);
      sent += results.length;
      failure = results.find(({ outcome }) => !outcome.ok)?.outcome ?? null;
    }
  } finally {
    if (sent < claimed.length) await releaseLeases(pool, leaseToken, claimed);
  }
  return { sent, failure, waiting: await countHeld(pool, input.endpointId) };
}

async function claimWanted(pool: Platform["db"]["hot"]["dispatch"], wanted: HeldToSend & { leaseToken: string }): Promise<ClaimedDelivery[]> {
  const claimed = await claimHeld(pool, wanted);
  return claimed.length > 0 || wanted.deliveryId === undefined ? claimed : await claimHeld(pool, { ...wanted, deliveryId: undefined });
}

async function attempt(platform: Platform, dispatcher: GuardedDispatcher, delivery: ClaimedDelivery): Promise<DeliveryResult> {
  const at = platform.clock.now();
  const outcome = await attemptDelivery(platform, dispatcher, {
    delivery, at, signers: await new Signers(platform.vault).of(delivery), secretHeaders: await new SecretHeaders(platform).of(delivery),
  });
  // Its own schedule does not count here: it waits for its endpoint, and its deadline ends that.
  return { delivery, at, outcome, status: outcome.ok ? "delivered" : "held", waitMs: null };
}
