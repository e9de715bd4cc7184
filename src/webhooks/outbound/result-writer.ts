import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../context.ts";
import { bestEffort } from "../../lib/logger.ts";
import { writeResults, type DeliveryResult } from "./delivery-store.ts";
import { noteEndpointHealth } from "./endpoint-health.ts";
import { writeFailures } from "./exhausted.ts";

/** Results that end within this time share a statement. */
const gatherMs = 4;
const triesAtWriting = 5;

/** Writes the results of one round's attempts, many in one statement, and tells the endpoints' health of them. */
export class ResultWriter {
  private readonly platform: Platform;
  private readonly leave: (endpointIds: string[]) => Promise<void>;
  private results: DeliveryResult[] = [];
  private flushing: Promise<void> | null = null;
  private ending = false;
  /** Endpoints of which a failure came since their last success: more recent than what a claim knew. */
  private readonly failing = new Set<string>();

  /** `leave` is told the endpoints that are to be left alone from now on. */
  constructor(platform: Platform, leave: (endpointIds: string[]) => Promise<void>) {
    this.platform = platform;
    this.leave = leave;
  }

  add(result: DeliveryResult): void {
    this.results.push(result);
    this.flushing ??= this.flush();
  }

  async finish(): Promise<void> {
    this.ending = true;
    while (this.flushing !== null) await this.flushing;
  }

  private async flush(): Promise<void> {
    try {
      while (this.results.length > 0) {
        if (!this.ending) await sleep(gatherMs);
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
    const { pool, hot } = this.platform.db;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (batch.some(({ status }) => status === "failed")) await writeFailures(pool, batch);
        else await writeResults(hot.dispatch, batch);
        break;
      } catch (error) {
        this.platform.logger.warn({ err: error, results: batch.length }, "delivery results could not be written");
        // After that another worker sends them again: at least once, with the same webhook-id.
        if (attempt === triesAtWriting) return;
        await sleep(attempt * 500);
      }
    }
    await this.noteHealth(batch);
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
    await bestEffort(noteEndpointHealth(this.platform, telling).then((leave) => this.leave(leave)), "the next failure is noted", this.platform.logger);
  }
}
