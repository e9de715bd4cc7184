import { setTimeout as sleep } from "node:timers/promises";
import type { HostProduct, NewEvent } from "./host-product.ts";
import type { PathReport } from "./receiver.ts";

/** What a driver knows of the events it sent: an id is in `accepted` once a 202 for it was read, and not before. */
export class Ledger {
  /** When each event was sent for the first time. */
  readonly sent = new Map<string, number>();
  readonly accepted = new Set<string>();
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  next(type = "load.sent"): NewEvent {
    const id = `${this.prefix}-${this.sent.size + 1}`;
    this.sent.set(id, Date.now());
    return { id, type, payload: { text: "x".repeat(1_000) } };
  }

  async publish(host: HostProduct, tenant: string): Promise<void> {
    const event = this.next();
    await host.publish(tenant, event);
    this.accepted.add(event.id);
  }

  async publishBatch(host: HostProduct, tenant: string, count: number): Promise<void> {
    const events = Array.from({ length: count }, () => this.next());
    await host.publishBatch(tenant, events);
    for (const { id } of events) this.accepted.add(id);
  }
}

/** Sends at a steady rate, whatever the answers take; the ledgers take turns. Resolves when all were accepted. */
export async function publishSteadily(host: HostProduct, ledgers: { tenant: string; ledger: Ledger }[], pace: { perSecond: number; count: number }): Promise<void> {
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < pace.count; n += 1) {
    const early = began + (n * 1_000) / pace.perSecond - performance.now();
    if (early > 0) await sleep(early);
    const turn = ledgers[n % ledgers.length];
    if (turn !== undefined) under.push(turn.ledger.publish(host, turn.tenant));
  }
  await Promise.all(under);
}

export interface Verdict {
  arrived: number;
  /** Accepted, and never came. */
  lost: string[];
  /** Came, and was never sent. */
  strange: string[];
  /** Requests beyond the first of each webhook-id. */
  duplicates: number;
  badSignatures: number;
  /** From the moment an event was sent until it came. */
  travelMs: number[];
}

/** The oracle: what one endpoint received against what was accepted for it. */
export function judge(ledger: Ledger, report: PathReport): Verdict {
  const first = new Map(report.first);
  return {
    arrived: first.size,
    lost: [...ledger.accepted].filter((id) => !first.has(id)),
    strange: [...first.keys()].filter((id) => !ledger.sent.has(id)),
    duplicates: report.requests - first.size,
    badSignatures: report.badSignatures,
    travelMs: report.first.flatMap(([id, at]) => (ledger.sent.has(id) ? [at - (ledger.sent.get(id) ?? 0)] : [])),
  };
}
