import type { ClaimedDelivery } from "./delivery-store.ts";

/** How an endpoint is treated: how much of it is sent at once, and how much is held here at most. */
interface Lane {
  waiting: ClaimedDelivery[];
  inFlight: number;
  /** A running mean of its answers' latency; a new endpoint counts as slow until it has shown otherwise. */
  meanMs: number;
}

const quickMs = 100;
const caps = { quick: { inFlight: 32, held: 250 }, slow: { inFlight: 10, held: 20 } };

/**
 * The deliveries that this round has claimed, by endpoint. Endpoints take turns, and each has a cap in flight, so that
 * one that hangs holds its own few places and nobody else's.
 */
export class EndpointQueues {
  held = 0;
  private readonly lanes = new Map<string, Lane>();

  add(delivery: ClaimedDelivery): void {
    this.lane(delivery.endpointId).waiting.push(delivery);
    this.held += 1;
  }

  /** Endpoints of which no more should be claimed now. */
  full(): string[] {
    return [...this.lanes].filter(([, lane]) => lane.waiting.length + lane.inFlight >= capsOf(lane).held / 2).map(([id]) => id);
  }

  /** The next deliveries that may go out, endpoints in turn; they count as in flight from now on. */
  take(room: number): ClaimedDelivery[] {
    const taken: ClaimedDelivery[] = [];
    let progress = true;
    while (taken.length < room && progress) {
      progress = false;
      for (const lane of this.lanes.values()) {
        if (taken.length >= room) break;
        if (lane.inFlight >= capsOf(lane).inFlight) continue;
        const next = lane.waiting.shift();
        if (next === undefined) continue;
        lane.inFlight += 1;
        taken.push(next);
        progress = true;
      }
    }
    return taken;
  }

  done(delivery: ClaimedDelivery, latencyMs: number): void {
    const lane = this.lane(delivery.endpointId);
    lane.inFlight -= 1;
    lane.meanMs = lane.meanMs * 0.8 + latencyMs * 0.2;
    this.held -= 1;
  }

  /** Forgets what waits for an endpoint; the ids are the caller's to hand back. */
  drop(endpointId: string): string[] {
    const dropped = this.lane(endpointId).waiting.splice(0);
    this.held -= dropped.length;
    return dropped.map((delivery) => delivery.id);
  }

  /** Every id held here, waiting or in flight is the caller's to tell apart: all keep their lease. */
  waitingIds(): string[] {
    return [...this.lanes.values()].flatMap((lane) => lane.waiting.map((delivery) => delivery.id));
  }

  private lane(endpointId: string): Lane {
    const known = this.lanes.get(endpointId);
    if (known !== undefined) return known;
    const lane: Lane = { waiting: [], inFlight: 0, meanMs: quickMs };
    this.lanes.set(endpointId, lane);
    return lane;
  }
}

function capsOf(lane: Lane): { inFlight: number; held: number } {
  return lane.meanMs < quickMs ? caps.quick : caps.slow;
}
