import { randomUUID } from "node:crypto";
import type { Platform } from "../../context.ts";
import type { GuardedDispatcher } from "../../security/egress-guard.ts";
import { attemptDelivery } from "./attempt.ts";
import { claimDue } from "./claim.ts";
import { leaseSeconds, releaseLeases, renewLeases, type ClaimedDelivery, type DeliveryResult } from "./delivery-store.ts";
import { EndpointCards } from "./endpoint-cards.ts";
import { EndpointQueues } from "./endpoint-queues.ts";
import { ResultWriter } from "./result-writer.ts";
import { nextWaitMs } from "./schedule.ts";
import { SecretHeaders } from "./secret-headers.ts";
import type { AttemptOutcome } from "./send.ts";
import { Signers } from "./signers.ts";
import { retryScheduleOfType } from "./type-schedules.ts";

const maxHeld = 2_000;
const claimSize = 250;
const leastPerEndpoint = 16;
const limitedForMs = 1_500;
const shortWaitMs = 10_000;
const momentMs = 25;
/** A worker that is killed repeats no more than this share of what it sent since its queue was empty, and than the least. */
const repeatedShare = 0.02;
const places = { least: 40, most: 160 };

/**
 * What a worker holds of a shard, from round to round: the deliveries it has leased, those under way, the results to write,
 * and how quick each endpoint is. A round that ends hands back what only waits; what is under way goes on, so that an
 * endpoint that hangs holds up no round.
 */
export class ShardDrain {
  readonly claimSize = claimSize;
  sent = 0;
  private readonly leaseToken = randomUUID();
  private readonly platform: Platform;
  private readonly dispatcher: GuardedDispatcher;
  private readonly shard: number;
  private readonly cards: EndpointCards;
  private readonly signers: Signers;
  private readonly secretHeaders: SecretHeaders;
  private readonly writer: ResultWriter;
  private readonly queues = new EndpointQueues();
  private readonly inFlight = new Map<ClaimedDelivery, Promise<void>>();
  private after = "";
  private stopped = false;
  private readonly renewal: NodeJS.Timeout;
  private limitedUntil = 0;
  private sentWhenEmpty = 0;
  /** The last claim left something out for want of room. */
  private wantsRoom = false;
  private readonly moments = new Set<number>();
  private wake: (() => void) | null = null;

  constructor(platform: Platform, dispatcher: GuardedDispatcher, shard: number) {
    this.platform = platform;
    this.dispatcher = dispatcher;
    this.shard = shard;
    this.cards = new EndpointCards(platform.db.hot.dispatch);
    this.signers = new Signers(platform.vault);
    this.secretHeaders = new SecretHeaders(platform);
    this.writer = new ResultWriter(platform, { settled: (results) => this.settled(results.map(({ delivery }) => delivery)), leave: (endpointIds) => this.leave(endpointIds) });
    this.measurePlaces();
    this.renewal = setInterval(() => void this.renew(), (leaseSeconds * 1000) / 3);
  }

  /** A rate limit has let something through lately: there may be more of it without any notice. */
  get limited(): boolean {
    return performance.now() < this.limitedUntil;
  }

  /** Fills up what is held here; the answer is how many came. */
  async claim(): Promise<number> {
    const busyEndpoints = this.queues.full();
    const room = this.queues.held <= maxHeld - claimSize;
    this.wantsRoom = !room || busyEndpoints.length > 0;
    if (this.stopped || !room) return 0;
    this.measurePlaces();
    const from = this.after;
    const { claimed, after } = await claimDue(this.platform.db.hot.dispatch, this.cards, {
      shard: this.shard,
      limit: claimSize,
      leaseToken: this.leaseToken,
      after: from,
      busyEndpoints,
      movingEndpoints: this.queues.moving(),
      perEndpoint: Math.max(leastPerEndpoint, Math.floor(claimSize / Math.max(1, this.queues.busyLanes))),
    });
    this.after = after;
    for (const delivery of claimed) {
      this.queues.add(delivery);
      if (delivery.rateLimit !== null) this.limitedUntil = performance.now() + limitedForMs;
    }
    this.pump();
    if (claimed.length === 0 && this.queues.held === 0) this.sentWhenEmpty = this.sent;
    // The end of a walk that began in the middle, or a stretch of endpoints that have nothing due: there may be more.
    if (claimed.length === 0 && from !== after) return await this.claim();
    return claimed.length;
  }

  private measurePlaces(): void {
    const share = Math.floor((this.sent - this.sentWhenEmpty) * repeatedShare);
    this.queues.nearPlaces = Math.max(places.least, Math.min(places.most, share));
    this.writer.enough = Math.floor(this.queues.nearPlaces / 3);
  }

  /** Resolves when enough has gone out that a claim is worth its statement, and when a short wait before a retry is over. */
  nextRoom(): Promise<void> {
    // All of it went out while the claim was looking.
    if (this.wantsRoom && this.queues.held === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** The poll alone would add up to half a second to a wait of a few: all that end in the same moment share a timer. */
  private wakeAfter(waitMs: number): void {
    if (waitMs > shortWaitMs) return;
    const moment = Math.ceil((performance.now() + waitMs) / momentMs) + 1;
    if (this.moments.has(moment)) return;
    this.moments.add(moment);
    setTimeout(() => {
      this.moments.delete(moment);
      this.wake?.();
      this.wake = null;
    }, moment * momentMs - performance.now()).unref();
  }

  /** Ends a round: what only waits goes back, for whoever drains the shard next. */
  async handBack(): Promise<void> {
    await releaseLeases(this.platform.db.hot.dispatch, this.leaseToken, this.queues.dropAll());
    this.queues.forgetIdle(performance.now());
  }

  /** Ends the last round: what is under way is waited for, and its results are written. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.handBack();
    await Promise.all(this.inFlight.values());
    await this.writer.finish();
    clearInterval(this.renewal);
  }

  private async renew(): Promise<void> {
    await renewLeases(this.platform.db.hot.dispatch, this.leaseToken, [...this.inFlight.keys(), ...this.queues.waiting()]).catch((error: unknown) => {
      this.platform.logger.warn({ err: error }, "leases could not be renewed");
    });
  }

  private pump(): void {
    if (this.stopped) return;
    const now = performance.now();
    for (let delivery = this.queues.next(now); delivery !== undefined; delivery = this.queues.next(now)) {
      const taken = delivery;
      this.inFlight.set(taken, this.attempt(taken).finally(() => this.done(taken, performance.now() - now)));
    }
  }

  private done(delivery: ClaimedDelivery, latencyMs: number): void {
    this.inFlight.delete(delivery);
    this.queues.done(delivery, latencyMs, performance.now());
    this.pump();
    if (this.wake !== null && this.wantsRoom && this.queues.held <= maxHeld - claimSize) {
      this.wake();
      this.wake = null;
    }
  }

  private settled(deliveries: ClaimedDelivery[]): void {
    this.queues.settled(deliveries);
    this.pump();
  }

  /** Ends when the answer is in; its result is written with others'. */
  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const at = this.platform.clock.now();
    try {
      const outcome = await attemptDelivery(this.platform, this.dispatcher, { delivery, at, signers: await this.signers.of(delivery), secretHeaders: await this.secretHeaders.of(delivery) });
      this.sent += 1;
      const decided = outcome.ok ? delivered : await this.decide(delivery, outcome);
      this.writer.add({ delivery, at, outcome, ...decided });
      if (decided.waitMs !== null) this.wakeAfter(decided.waitMs);
    } catch (error) {
      // A secret that can't be opened, say: the row keeps its lease and is tried again by whoever claims it next.
      this.platform.logger.error({ err: error, deliveryId: delivery.id }, "a delivery could not be prepared");
      this.settled([delivery]);
    }
  }

  private async decide(delivery: ClaimedDelivery, outcome: AttemptOutcome): Promise<Pick<DeliveryResult, "status" | "waitMs">> {
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

  /** What was claimed for endpoints that are to be left alone goes back unsent. */
  private async leave(endpointIds: string[]): Promise<void> {
    await releaseLeases(this.platform.db.hot.dispatch, this.leaseToken, endpointIds.flatMap((id) => this.queues.drop(id)));
  }
}

const delivered = { status: "delivered", waitMs: null } as const;
