import type { Logger } from "../../lib/logger.ts";

export interface Rejection {
  tenantId: string;
  integrationId: string;
  provider: string;
  sourceIp: string | null;
  reason: string;
}

/** Refusals of one kind, from one address, in one minute. */
export interface RejectionCount extends Rejection {
  minute: Date;
  count: number;
}

/** News that were recorded before, by their vendor's id. */
export interface RepetitionCount {
  integrationId: string;
  externalId: string;
  count: number;
  /** Of what the repetitions said; those that differ from the first are conflicts. Null where that is not compared. */
  bodyHash: Buffer | null;
}

export interface Counted {
  rejections: RejectionCount[];
  repetitions: RepetitionCount[];
}

/**
 * What happens too often to be worth a write each: counted here and written together, at most once a second. What a process
 * that is killed had not written yet is lost: these are figures for people, nothing acts on them.
 */
export interface Tally {
  rejected(rejection: Rejection): void;
  repeated(row: Omit<RepetitionCount, "count">): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** The first is written at once, what comes within this time after it together. */
const pauseMs = 1_000;
/** A flood from many addresses makes no more rows than this a minute and integration; the others are counted without theirs. */
const maxSources = 20;
const maxKinds = 2_000;

export function createTally(write: (counted: Counted) => Promise<void>, logger: Logger): Tally {
  let rejections = new Map<string, RejectionCount>();
  let repetitions = new Map<string, RepetitionCount>();
  const sources = new SourceSample();
  let running: Promise<void> | null = null;
  let closing: (() => void) | undefined;
  let closed = false;

  const flush = async (): Promise<void> => {
    const counted = { rejections: [...rejections.values()], repetitions: [...repetitions.values()] };
    rejections = new Map();
    repetitions = new Map();
    try {
      await write(counted);
    } catch (error) {
      logger.warn({ err: error, rejections: counted.rejections.length, repetitions: counted.repetitions.length }, "counts of refused and repeated webhooks were not written");
    }
  };
  const run = async (): Promise<void> => {
    while (rejections.size + repetitions.size > 0) {
      await flush();
      if (closed) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        closing = () => { clearTimeout(timer); resolve(); };
      });
    }
    running = null;
  };
  const wake = (): void => void (running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(run));

  return {
    rejected(rejection) {
      const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
      const sourceIp = sources.take(rejection.integrationId, rejection.sourceIp, minute);
      const key = JSON.stringify([rejection.integrationId, rejection.reason, sourceIp, minute.getTime()]);
      const known = rejections.get(key);
      if (known !== undefined) known.count += 1;
      else if (rejections.size < maxKinds) rejections.set(key, { ...rejection, sourceIp, minute, count: 1 });
      wake();
    },
    repeated({ integrationId, externalId, bodyHash }) {
      const key = JSON.stringify([integrationId, externalId, bodyHash?.toString("hex")]);
      const known = repetitions.get(key);
      if (known !== undefined) known.count += 1;
      else if (repetitions.size < maxKinds) repetitions.set(key, { integrationId, externalId, bodyHash, count: 1 });
      wake();
    },
    close: async () => {
      closed = true;
      closing?.();
      await running;
    },
  };
}

/** The addresses that are written down: the first few of each minute and integration. */
class SourceSample {
  private minute = 0;
  private readonly taken = new Map<string, Set<string>>();

  take(integrationId: string, sourceIp: string | null, minute: Date): string | null {
    if (minute.getTime() !== this.minute) this.taken.clear();
    this.minute = minute.getTime();
    const known = this.taken.get(integrationId) ?? new Set();
    this.taken.set(integrationId, known);
    if (sourceIp === null || known.has(sourceIp)) return sourceIp;
    if (known.size >= maxSources) return null;
    known.add(sourceIp);
    return sourceIp;
  }
}
