import { bucket } from "./claim.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";

const quickMs = 100;
/** An endpoint whose answers take so long, or that has not answered for so long with requests under way, has few places. */
const stuckMs = 1_000;
const caps = { moving: { inFlight: 32, held: 250 }, stuck: { inFlight: 10, held: 20 } };
/** Endpoints that answer within this time share places that are held until the result is written. */
const nearMs = 50;
const forgottenAfterMs = 60_000;
const maxInFlight = 512;
/** All endpoints together that are not quick: the rest stays free for those that are. */
const maxSlowInFlight = 320;

/** How an endpoint is treated: how much of it is sent at once, and how much is held here at most. */
class Lane {
  readonly endpointId: string;
  readonly tenant: TenantLanes;
  readonly waiting: ClaimedDelivery[] = [];
  inFlight = 0;
  /** In line for its next turn. */
  queued = false;
  private rateLimit: number | null = null;
  /** A running mean of its answers' latency; a new endpoint has few places until it has answered. */
  private meanMs = stuckMs;
  private lastNews = 0;

  constructor(endpointId: string, tenant: TenantLanes) {
    this.endpointId = endpointId;
    this.tenant = tenant;
  }

  add(delivery: ClaimedDelivery): void {
    this.waiting.push(delivery);
    this.rateLimit = delivery.rateLimit;
  }

  take(now: number): ClaimedDelivery | undefined {
    const next = this.waiting.shift();
    if (next === undefined) return undefined;
    if (this.inFlight === 0) this.lastNews = now;
    this.inFlight += 1;
    return next;
  }

  done(latencyMs: number, now: number): void {
    this.inFlight -= 1;
    this.lastNews = now;
    this.meanMs = this.meanMs * 0.8 + latencyMs * 0.2;
  }

  isIdle(now: number): boolean {
    return this.inFlight === 0 && this.waiting.length === 0 && !this.queued && now - this.lastNews > forgottenAfterMs;
  }

  get moving(): boolean {
    return this.meanMs < stuckMs;
  }

  get near(): boolean {
    return this.meanMs < nearMs;
  }

  isSlow(now: number): boolean {
    return (this.meanMs >= quickMs && this.meanMs !== stuckMs) || (this.inFlight > 0 && now - this.lastNews > stuckMs);
  }

  get ready(): boolean {
    return this.waiting.length > 0 && this.inFlight < this.caps.inFlight;
  }

  /** No more should be claimed of it. What a rate limit let through is not saved up here. */
  get full(): boolean {
    const saved = this.rateLimit !== null && this.waiting.length >= Math.max(1, this.rateLimit * bucket.burstShare);
    return saved || this.waiting.length + this.inFlight >= this.caps.held / 2;
  }

  private get caps(): { inFlight: number; held: number } {
    return this.moving ? caps.moving : caps.stuck;
  }
}

class TenantLanes {
  readonly ready: Lane[] = [];
  queued = false;
}

/**
 * The deliveries that this round has claimed, by endpoint. Tenants take turns, then a tenant's endpoints, and each endpoint
 * has a cap in flight, so that one that hangs holds its own few places and nobody else's.
 */
export class EndpointQueues {
  held = 0;
  inFlight = 0;
  /** For all near endpoints together: what holds one when a worker is killed is sent again. */
  nearPlaces = 0;
  private slowInFlight = 0;
  private readonly lanes = new Map<string, Lane>();
  private readonly tenants = new Map<string, TenantLanes>();
  private readonly turns: TenantLanes[] = [];
  /** Lanes that wait for a place among the slow ones or the near ones. */
  private aside: Lane[] = [];
  private readonly slow = new Set<string>();
  /** In flight, or answered and not written. */
  private readonly near = new Set<string>();

  add(delivery: ClaimedDelivery): void {
    const lane = this.lane(delivery);
    lane.add(delivery);
    this.held += 1;
    this.queue(lane);
  }

  /** Endpoints of which no more should be claimed now. */
  full(): string[] {
    return [...this.lanes.values()].filter((lane) => lane.full).map((lane) => lane.endpointId);
  }

  /** Endpoints that answer: many at a time may be claimed of them. */
  moving(): string[] {
    return [...this.lanes.values()].filter((lane) => lane.moving).map((lane) => lane.endpointId);
  }

  get busyLanes(): number {
    let busy = 0;
    for (const lane of this.lanes.values()) if (lane.inFlight > 0 || lane.waiting.length > 0) busy += 1;
    return busy;
  }

  /** The next delivery that may go out; it counts as in flight from now on. */
  next(now: number): ClaimedDelivery | undefined {
    while (this.inFlight < maxInFlight) {
      const tenant = this.turns.shift();
      if (tenant === undefined) return undefined;
      tenant.queued = false;
      const lane = tenant.ready.shift();
      if (lane !== undefined) lane.queued = false;
      if (tenant.ready.length > 0) this.queueTenant(tenant);
      if (lane === undefined || !lane.ready) continue;
      const slow = lane.isSlow(now);
      if (slow ? this.slowInFlight >= maxSlowInFlight : lane.near && this.near.size >= this.nearPlaces) {
        lane.queued = true;
        this.aside.push(lane);
        continue;
      }
      const delivery = lane.take(now);
      if (delivery === undefined) continue;
      this.inFlight += 1;
      if (slow) {
        this.slowInFlight += 1;
        this.slow.add(delivery.id);
      } else if (lane.near) this.near.add(delivery.id);
      this.queue(lane);
      return delivery;
    }
    return undefined;
  }

  done(delivery: ClaimedDelivery, latencyMs: number, now: number): void {
    const lane = this.lane(delivery);
    lane.done(latencyMs, now);
    this.held -= 1;
    this.inFlight -= 1;
    const placeFree = this.slow.delete(delivery.id);
    this.queue(lane);
    if (!placeFree) return;
    this.slowInFlight -= 1;
    this.requeueAside();
  }

  /** Their results are written, or there will be none. */
  settled(deliveries: readonly ClaimedDelivery[]): void {
    for (const { id } of deliveries) this.near.delete(id);
    this.requeueAside();
  }

  private requeueAside(): void {
    for (const one of this.aside.splice(0)) {
      one.queued = false;
      this.queue(one);
    }
  }

  /** Forgets what waits for an endpoint; it is the caller's to hand back. */
  drop(endpointId: string): ClaimedDelivery[] {
    const dropped = this.lanes.get(endpointId)?.waiting.splice(0) ?? [];
    this.held -= dropped.length;
    return dropped;
  }

  dropAll(): ClaimedDelivery[] {
    return [...this.lanes.keys()].flatMap((endpointId) => this.drop(endpointId));
  }

  /** Endpoints that had nothing for a minute; how quick they are is learnt again. */
  forgetIdle(now: number): void {
    for (const lane of this.lanes.values()) if (lane.isIdle(now)) this.lanes.delete(lane.endpointId);
    const used = new Set([...this.lanes.values()].map((lane) => lane.tenant));
    for (const [id, tenant] of this.tenants) if (!used.has(tenant) && !tenant.queued) this.tenants.delete(id);
  }

  waiting(): ClaimedDelivery[] {
    return [...this.lanes.values()].flatMap((lane) => lane.waiting);
  }

  private queue(lane: Lane): void {
    if (lane.queued || !lane.ready) return;
    lane.queued = true;
    lane.tenant.ready.push(lane);
    this.queueTenant(lane.tenant);
  }

  private queueTenant(tenant: TenantLanes): void {
    if (tenant.queued) return;
    tenant.queued = true;
    this.turns.push(tenant);
  }

  private lane({ endpointId, tenantId }: ClaimedDelivery): Lane {
    const known = this.lanes.get(endpointId);
    if (known !== undefined) return known;
    const tenant = this.tenants.get(tenantId) ?? new TenantLanes();
    this.tenants.set(tenantId, tenant);
    const lane = new Lane(endpointId, tenant);
    this.lanes.set(endpointId, lane);
    return lane;
  }
}
