import type pg from "pg";
import type { Logger } from "../../lib/logger.ts";
import type { DueNotifier } from "./due-notifier.ts";
import { eventIdTaken, toEventRow, type NewEvent } from "./publish.ts";
import { writeEvents, type EventRow, type PublishedEvent, type Query, type WrittenEvents } from "./write-events.ts";

/** Accepts events for whoever calls at the same moment in one commit (group commit). */
export interface EventAcceptor {
  /**
   * Resolves after the commit. @throws AppError conflict when an id was used before for something else.
   */
  accept(tenantId: string, events: NewEvent[]): Promise<PublishedEvent[]>;
  close(): Promise<void>;
}

interface Waiting {
  rows: EventRow[];
  /** Some of its events may be refused, and then none of them may be written. */
  allOrNone: boolean;
  resolve(events: PublishedEvent[]): void;
  reject(error: unknown): void;
}

const maxEventsPerCommit = 1_000;
const lanes = 2;

/**
 * While one commit is under way the next batch gathers: alone, a caller waits for nobody; under load, hundreds share one
 * commit, which is what a single disk write can take.
 */
export function createEventAcceptor(pool: pg.Pool, notifier: DueNotifier, logger: Logger): EventAcceptor {
  let waiting: Waiting[] = [];
  let running = 0;

  const work = async (): Promise<void> => {
    running += 1;
    try {
      while (waiting.length > 0) {
        const { batch, rest } = takeBatch(waiting);
        waiting = rest;
        await commit(batch, { pool, notifier, logger });
      }
    } finally {
      running -= 1;
    }
  };
  return {
    accept: (tenantId, events) =>
      new Promise((resolve, reject) => {
        // An id that we make was never used before: only a caller's own ids can be refused.
        const allOrNone = events.length > 1 && events.some((event) => event.id !== undefined);
        waiting.push({ rows: events.map((event) => toEventRow(tenantId, event)), allOrNone, resolve, reject });
        if (running < lanes) setImmediate(() => void (running < lanes && waiting.length > 0 ? work() : undefined));
      }),
    close: () => notifier.close(),
  };
}

/** One that must be written whole or not at all has a commit of its own. */
function takeBatch(waiting: Waiting[]): { batch: Waiting[]; rest: Waiting[] } {
  let events = 0;
  let count = 0;
  for (const one of waiting) {
    if (count > 0 && (one.allOrNone || events + one.rows.length > maxEventsPerCommit)) break;
    events += one.rows.length;
    count += 1;
    if (one.allOrNone) break;
  }
  return { batch: waiting.slice(0, count), rest: waiting.slice(count) };
}

interface Means {
  pool: pg.Pool;
  notifier: DueNotifier;
  logger: Logger;
}

async function commit(batch: Waiting[], means: Means): Promise<void> {
  try {
    const written = await (batch[0]?.allOrNone === true ? writeWhole(means.pool, batch[0]) : writeEvents(queryOf(means.pool), batch.flatMap((one) => one.rows)));
    means.notifier.tell(written.shards);
    for (const one of batch) answer(one, written);
  } catch (error) {
    const [alone, ...others] = batch;
    if (others.length === 0) {
      alone?.reject(error);
      return;
    }
    // One caller's events must not fail the others': each gets a commit of its own, and its own error.
    means.logger.warn({ err: error, callers: batch.length }, "a shared commit failed; its callers are tried one by one");
    for (const one of batch) await commit([one], means);
  }
}

function answer(one: Waiting, { answers }: WrittenEvents): void {
  const taken = takenOf(one, answers);
  if (taken !== undefined) one.reject(eventIdTaken(taken.id));
  else one.resolve(one.rows.map((row) => answers.get(row) as PublishedEvent));
}

function takenOf(one: Waiting, answers: WrittenEvents["answers"]): EventRow | undefined {
  return one.rows.find((row) => typeof answers.get(row) !== "object");
}

/** Writes all of a caller's events or none. */
async function writeWhole(pool: pg.Pool, one: Waiting): Promise<WrittenEvents> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const written = await writeEvents(queryOf(client), one.rows);
    await client.query(takenOf(one, written.answers) === undefined ? "COMMIT" : "ROLLBACK");
    return written;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed in the middle of a transaction is not given to anybody else.
    client.release(failure);
  }
}

function queryOf(client: pg.Pool | pg.PoolClient): Query {
  return async (statement) => (await client.query(statement)).rows as never;
}
