import type pg from "pg";
import type { Logger } from "../../lib/logger.ts";
import { eventIdTaken, toEventRow, type NewEvent } from "./publish.ts";
import { writeEvents, type EventRow, type PublishedEvent } from "./write-events.ts";

/** Accepts events for whoever calls at the same moment in one commit (group commit). */
export interface EventAcceptor {
  /**
   * Resolves after the commit. @throws AppError conflict when an id was used before for something else.
   */
  accept(tenantId: string, events: NewEvent[]): Promise<PublishedEvent[]>;
}

interface Waiting {
  rows: EventRow[];
  resolve(events: PublishedEvent[]): void;
  reject(error: unknown): void;
}

const maxEventsPerCommit = 1_000;
const lanes = 2;

/**
 * While one commit is under way the next batch gathers: alone, a caller waits for nobody; under load, hundreds share one
 * commit, which is what a single disk write can take.
 */
export function createEventAcceptor(pool: pg.Pool, logger: Logger): EventAcceptor {
  let waiting: Waiting[] = [];
  let running = 0;

  const takeBatch = (): Waiting[] => {
    let events = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || events + (waiting[count]?.rows.length ?? 0) <= maxEventsPerCommit)) {
      events += waiting[count]?.rows.length ?? 0;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };
  const work = async (): Promise<void> => {
    running += 1;
    try {
      while (waiting.length > 0) await commit(pool, takeBatch(), logger);
    } finally {
      running -= 1;
    }
  };
  return {
    accept: (tenantId, events) =>
      new Promise((resolve, reject) => {
        waiting.push({ rows: events.map((event) => toEventRow(tenantId, event)), resolve, reject });
        if (running < lanes) setImmediate(() => void (running < lanes && waiting.length > 0 ? work() : undefined));
      }),
  };
}

async function commit(pool: pg.Pool, batch: Waiting[], logger: Logger): Promise<void> {
  try {
    await writeBatch(pool, batch);
  } catch (error) {
    if (batch.length === 1) {
      batch[0]?.reject(error);
      return;
    }
    // One caller's events must not fail the others': each gets a commit of its own, and its own error.
    logger.warn({ err: error, callers: batch.length }, "a shared commit failed; its callers are tried one by one");
    for (const one of batch) await commit(pool, [one], logger);
  }
}

/** Writes all of a caller's events or none. @throws whatever the database says; nothing is written then. */
async function writeBatch(pool: pg.Pool, batch: Waiting[]): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const written = await writeEvents(async (text, values) => (await client.query({ text, values, name: nameOf(text) })).rows as never, batch.flatMap((one) => one.rows));
    const refused = batch.filter((one) => takenOf(one, written) !== undefined);
    // A refused caller's other events were written with everybody's: without it, once more.
    const partly = refused.some((one) => one.rows.length > 1);
    await client.query(partly ? "ROLLBACK" : "COMMIT");
    for (const one of refused) one.reject(eventIdTaken(takenOf(one, written)?.id ?? ""));
    const accepted = batch.filter((one) => !refused.includes(one));
    if (!partly) for (const one of accepted) one.resolve(one.rows.map((row) => written.get(row) as PublishedEvent));
    else if (accepted.length > 0) await writeBatch(pool, accepted);
  } catch (error) {
    failure = error as Error;
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    // A connection that failed in the middle of a transaction is not given to anybody else.
    client.release(failure);
  }
}

function takenOf(one: Waiting, written: Map<EventRow, PublishedEvent | "taken">): EventRow | undefined {
  return one.rows.find((row) => typeof written.get(row) !== "object");
}

const names = new Map<string, string>();

/** Prepared once per connection under a short name. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `accept_${names.size}`;
  names.set(text, name);
  return name;
}
