import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import { bestEffort } from "../../lib/logger.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { attemptDelivery } from "./attempt.ts";
import { setAside, tidyShard } from "./breaker-upkeep.ts";
import { claimDue, leaseSeconds, releaseLeases, renewLeases, writeResults, type ClaimedDelivery, type DeliveryResult } from "./delivery-store.ts";
import type { DueSignal } from "./due-signal.ts";
import { EndpointQueues } from "./endpoint-queues.ts";
import { noteEndpointHealth } from "./endpoint-health.ts";
import { handBack } from "./held-store.ts";
import { nextWaitMs } from "./schedule.ts";
import type { AttemptOutcome } from "./send.ts";
import { SecretHeaders } from "./secret-headers.ts";
import { Signers } from "./signers.ts";
import { retryScheduleOfType } from "./type-schedules.ts";

const maxInFlight = 256;
const maxHeld = 1_000;
const claimSize = 250;
const claimPerEndpoint = 125;
const idlePollMs = 500;
const setAsideEveryMs = 2_000;

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
      const claimed = await round.claim();
      input.onProgress(round.sent);
      if (claimed > 0) continue;
      // Nothing to claim, or no room: room, a notification or the poll ends the wait.
      await Promise.race([due.wait(input.shard, idlePollMs, input.signal), round.nextRoom()]);
    }
    await Promise.all([round.finish(), tidied]);
    return { sent: round.sent };
  } finally {
    clearInterval(renewal);
    clearInterval(settingAside);
    await releaseLeases(platform.db.pool, round.leaseToken).catch(() => undefined);
  }
}

class DrainRound {
  readonly leaseToken = randomUUID();
  sent = 0;
  private readonly platform: Platform;
  private readonly dispatcher: GuardedDispatcher;
  private readonly shard: number;
  private readonly signers: Signers;
  private readonly secretHeaders: SecretHeaders;
  private readonly queues = new EndpointQueues();
  private readonly inFlight = new Map<string, Promise<void>>();
  /** Endpoints of which a failure came since their last success: more recent than what a claim knew. */
  private readonly failing = new Set<string>();
  private ending = false;
  private wake: (() => void) | null = null;
  private results: DeliveryResult[] = [];
  private flushing: Promise<void> | null = null;

  constructor(platform: Platform, dispatcher: GuardedDispatcher, input: DrainInput) {
    this.platform = platform;
    this.dispatcher = dispatcher;
    this.shard = input.shard;
    this.signers = new Signers(platform.vault);
    this.secretHeaders = new SecretHeaders(platform);
  }

  /** Fills up what is held here; the answer is how many came. */
  async claim(): Promise<number> {
    if (this.queues.held > maxHeld - claimSize) return 0;
    const claimed = await claimDue(this.platform.db.pool, {
      shard: this.shard,
      limit: claimSize,
      leaseToken: this.leaseToken,
      busyEndpoints: this.queues.full(),
      perEndpoint: claimPerEndpoint,
    });
    for (const delivery of claimed) this.queues.add(delivery);
    this.pump();
    return claimed.length;
  }

  /** Resolves when enough has gone out that a claim is worth its statement. */
  nextRoom(): Promise<void> {
    if (this.queues.held === 0) return new Promise(() => undefined);
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  async renew(): Promise<void> {
    await renewLeases(this.platform.db.pool, this.leaseToken, [...this.inFlight.keys(), ...this.queues.waitingIds()]).catch((error: unknown) => {
      this.platform.logger.warn({ err: error }, "leases could not be renewed");
    });
  }

  /** Lets what is in flight finish; what only waits is handed back by the caller. */
  async finish(): Promise<void> {
    this.ending = true;
    await Promise.all(this.inFlight.values());
    while (this.flushing !== null) await this.flushing;
  }

  private pump(): void {
    if (this.ending) return;
    for (const delivery of this.queues.take(maxInFlight - this.inFlight.size)) {
      const started = performance.now();
      const done = this.attempt(delivery).finally(() => {
        this.inFlight.delete(delivery.id);
        this.queues.done(delivery, performance.now() - started);
        this.pump();
        if (this.queues.held <= maxHeld - claimSize) this.wake?.();
      });
      this.inFlight.set(delivery.id, done);
    }
  }

  /** Ends when the answer is in; its result is written with others'. */
  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const at = this.platform.clock.now();
    try {
      const outcome = await attemptDelivery(this.platform, this.dispatcher, { delivery, at, signers: await this.signers.of(delivery), secretHeaders: await this.secretHeaders.of(delivery) });
      this.sent += 1;
      this.results.push({ delivery, at, outcome, ...(await this.decide(delivery, outcome)) });
    } catch (error) {
      // A secret that can't be opened, say: the row keeps its lease and is tried again by whoever claims it next.
      this.platform.logger.error({ err: error, deliveryId: delivery.id }, "a delivery could not be prepared");
      return;
    }
    this.flushing ??= this.flush();
  }

  private async decide(delivery: ClaimedDelivery, outcome: AttemptOutcome): Promise<Pick<DeliveryResult, "status" | "waitMs">> {
    if (outcome.ok) return { status: "delivered", waitMs: null };
    if (outcome.error === "blocked") return { status: "failed", waitMs: null };
    if (outcome.statusCode === 410) return { status: "held", waitMs: null };
    const waitMs = nextWaitMs({
      scheduleMs: await this.scheduleMs(delivery),
      attempts: delivery.attempts + 1,
      retryAfterMs: outcome.retryAfterMs,
      random: Math.random,
    });
    return waitMs === null ? { status: "failed", waitMs: null } : { status: "retrying", waitMs };
  }

  /** The endpoint's own waits, else those of the event's type, else the platform's. */
  private async scheduleMs(delivery: ClaimedDelivery): Promise<readonly number[]> {
    const own = delivery.retryScheduleSeconds;
    // The attempt was made: its result must not be lost because the type could not be read.
    const seconds = own.length > 0 ? own : await retryScheduleOfType(this.platform.db, delivery.tenantId, delivery.eventType).catch(() => []);
    return seconds.length > 0 ? seconds.map((wait) => wait * 1000) : this.platform.config.webhookRetryScheduleMs;
  }

  /** Results that finish while one statement is under way share the next one. */
  private async flush(): Promise<void> {
    // Those that are ready in the same turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.results.length > 0) {
        const batch = this.results;
        this.results = [];
        await this.write(batch);
      }
    } finally {
      this.flushing = null;
    }
  }

  /** A result must not be lost to a short outage of the database: it is written again for as long as the lease may hold. */
  private async write(batch: DeliveryResult[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await writeResults(this.platform.db.pool, batch);
        break;
      } catch (error) {
        this.platform.logger.warn({ err: error, results: batch.length }, "delivery results could not be written");
        // After that another worker sends them again: at least once, with the same webhook-id.
        if (attempt === 5) return;
        await sleep(attempt * 500);
      }
    }
    for (const { delivery, outcome } of batch) if (!outcome.ok) this.failing.add(delivery.endpointId);
    // A success of an endpoint that was well is no news: most batches ask the database nothing here.
    const telling = batch.filter(({ delivery }) => delivery.endpointFailing || this.failing.has(delivery.endpointId));
    if (telling.length === 0) return;
    for (const { delivery, outcome } of telling) {
      if (outcome.ok) this.failing.delete(delivery.endpointId);
      else this.failing.add(delivery.endpointId);
    }
    await bestEffort(noteEndpointHealth(this.platform, telling).then((leave) => this.leave(leave)), "the next failure is noted", this.platform.logger);
  }

  /** What was claimed for endpoints that are to be left alone goes back unsent. */
  private async leave(endpointIds: string[]): Promise<void> {
    const ids = endpointIds.flatMap((id) => this.queues.drop(id));
    if (ids.length > 0) await handBack(this.platform.db.pool, this.leaseToken, ids);
  }
}
