import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import { bestEffort } from "../../lib/logger.ts";
import { writeResults, type DeliveryResult } from "./delivery-store.ts";
import { noteEndpointHealth } from "./endpoint-health.ts";
import { writeFailures } from "./exhausted.ts";

/** Results that end within this time share a statement. */
const gatherMs = 4;
const triesAtWriting = 5;

/** Whom the writer tells. */
export interface ResultOwner {
  /** Written, or given up: another worker sends them again. */
  settled(results: DeliveryResult[]): void;
  /** Endpoints that are to be left alone from now on. */
  leave(endpointIds: string[]): Promise<void>;
}

/** Writes the results of one round's attempts, many in one statement, and tells the endpoints' health of them. */
export class ResultWriter {
  private readonly platform: Platform;
  private readonly owner: ResultOwner;
  /** So many are not waited with. */
  enough = 1;
  private results: DeliveryResult[] = [];
  private flushing: Promise<void> | null = null;
  private ending = false;
  private wake: (() => void) | null = null;
  /** Endpoints of which a failure came since their last success: more recent than what a claim knew. */
  private readonly failing = new Set<string>();

  constructor(platform: Platform, owner: ResultOwner) {
    this.platform = platform;
    this.owner = owner;
  }

  add(result: DeliveryResult): void {
    this.results.push(result);
    if (this.results.length >= this.enough) this.wake?.();
    this.flushing ??= this.flush();
  }

  async finish(): Promise<void> {
    this.ending = true;
    this.wake?.();
    while (this.flushing !== null) await this.flushing;
  }

  private gathered(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, gatherMs);
      this.wake = done;
    });
  }

  private async flush(): Promise<void> {
    try {
      while (this.results.length > 0) {
        if (!this.ending && this.results.length < this.enough) await this.gathered();
        const batch = this.results;
        this.results = [];
        await this.write(batch);
        this.owner.settled(batch);
        await this.noteHealth(batch);
      }
    } finally {
      this.flushing = null;
    }
  }

  /** A result must not be lost to a short outage of the database: it is written again for as long as the lease may hold. */
  private async write(batch: DeliveryResult[]): Promise<void> {
    const pool = this.platform.db.hot.dispatch;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (batch.some(({ status }) => status === "failed")) await writeFailures(pool, batch);
        else await writeResults(pool, batch);
        break;
      } catch (error) {
        this.platform.logger.warn({ err: error, results: batch.length }, "delivery results could not be written");
        // After that another worker sends them again: at least once, with the same webhook-id.
        if (attempt === triesAtWriting) return;
        await sleep(attempt * 500);
      }
    }
  }

  /** A success of an endpoint that was well is no news: most batches ask the database nothing here. */
  private async noteHealth(batch: DeliveryResult[]): Promise<void> {
    for (const { delivery, outcome } of batch) if (!outcome.ok) this.failing.add(delivery.endpointId);
    const telling = this.failing.size === 0 ? batch.filter(({ delivery }) => delivery.endpointFailing) : batch.filter(({ delivery }) => delivery.endpointFailing || this.failing.has(delivery.endpointId));
    if (telling.length === 0) return;
    for (const { delivery, outcome } of telling) {
      if (outcome.ok) this.failing.delete(delivery.endpointId);
      else this.failing.add(delivery.endpointId);
    }
    await bestEffort(noteEndpointHealth(this.platform, telling).then((endpointIds) => this.owner.leave(endpointIds)), "the next failure is noted", this.platform.logger);
  }
}
