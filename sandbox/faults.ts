import { z } from "zod";
import type { SandboxStore } from "./store.ts";

const share = z.number().min(0).max(1);

/** What goes wrong on purpose with one provider until it is cleared. */
export const faultsSchema = z.strictObject({
  /** Share of webhooks that are never sent. */
  drop: share.optional(),
  /** Share of webhooks that are sent twice. */
  duplicate: share.optional(),
  /** Webhooks wait for a random time of up to ten steps, and so change places. */
  shuffle: z.boolean().optional(),
  /** Share of API calls that fail; 1 when only `status` or `count` is given. */
  error: share.optional(),
  /** What a failing API call answers. Default 500. */
  status: z.number().int().min(200).max(599).optional(),
  /** Every API call waits for so long before anything else happens. */
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** How many API calls are touched (failed, or delayed when none is to fail) before calls go well again. */
  count: z.number().int().min(0).optional(),
  /** All of these faults end then: an ISO 8601 time, or Unix milliseconds. */
  until: z.union([z.iso.datetime({ offset: true }), z.number().int()]).optional(),
});

export type Faults = z.infer<typeof faultsSchema>;

/** Decides for each API call and each webhook what goes wrong. */
export class FaultInjector {
  private readonly store: SandboxStore;
  private readonly stepMs: number;

  constructor(store: SandboxStore, stepMs: number) {
    this.store = store;
    this.stepMs = stepMs;
  }

  forCall(provider: string): { delayMs: number; status?: number } {
    const faults = this.current(provider);
    if (!faults || faults.count === 0) return { delayMs: 0 };
    const mayFail = faults.error !== undefined || faults.status !== undefined || (faults.count !== undefined && faults.delayMs === undefined);
    const fails = mayFail && Math.random() < (faults.error ?? 1);
    const delayMs = faults.delayMs ?? 0;
    const touched = mayFail ? fails : delayMs > 0;
    if (touched && faults.count !== undefined) this.store.setFaults(provider, { ...faults, count: faults.count - 1 });
    return fails ? { delayMs, status: faults.status ?? 500 } : { delayMs };
  }

  /** The delays of the copies to send; empty when the webhook is dropped. */
  forWebhook(provider: string): number[] {
    const faults = this.current(provider);
    if (!faults) return [0];
    if (Math.random() < (faults.drop ?? 0)) return [];
    const copies = Math.random() < (faults.duplicate ?? 0) ? 2 : 1;
    return Array.from({ length: copies }, () => (faults.shuffle ? Math.round(Math.random() * 10 * this.stepMs) : 0));
  }

  private current(provider: string): Faults | undefined {
    const stored = this.store.faults(provider);
    if (!stored) return undefined;
    const faults = faultsSchema.parse(stored);
    return faults.until !== undefined && new Date(faults.until).getTime() <= Date.now() ? undefined : faults;
  }
}
