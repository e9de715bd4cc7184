import type pg from "pg";
import { createGroupCommit } from "../../db/group-commit.ts";
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

interface Call {
  rows: EventRow[];
  /** Some of its events may be refused, and then none of them may be written. */
  allOrNone: boolean;
}

export function createEventAcceptor(pool: pg.Pool, notifier: DueNotifier, logger: Logger): EventAcceptor {
  const group = createGroupCommit<Call, PublishedEvent[]>({
    lanes: 2,
    maxRowsPerCommit: 1_000,
    rowsOf: ({ rows }) => rows.length,
    alone: ({ allOrNone }) => allOrNone,
    write: async (calls) => {
      const written = await (calls[0]?.allOrNone === true ? writeWhole(pool, calls[0]) : writeEvents(queryOf(pool), calls.flatMap(({ rows }) => rows)));
      notifier.tell(written.shards);
      return calls.map((call) => answerOf(call, written));
    },
    logger,
  });
  return {
    // An id that we make was never used before: only a caller's own ids can be refused.
    accept: (tenantId, events) => group.submit({ rows: events.map((event) => toEventRow(tenantId, event)), allOrNone: events.length > 1 && events.some((event) => event.id !== undefined) }),
    close: () => notifier.close(),
  };
}

function answerOf(call: Call, { answers }: WrittenEvents): PublishedEvent[] | Error {
  const taken = takenOf(call, answers);
  return taken === undefined ? call.rows.map((row) => answers.get(row) as PublishedEvent) : eventIdTaken(taken.id);
}

function takenOf(call: Call, answers: WrittenEvents["answers"]): EventRow | undefined {
  return call.rows.find((row) => typeof answers.get(row) !== "object");
}

/** Writes all of a caller's events or none. */
async function writeWhole(pool: pg.Pool, call: Call): Promise<WrittenEvents> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const written = await writeEvents(queryOf(client), call.rows);
    await client.query(takenOf(call, written.answers) === undefined ? "COMMIT" : "ROLLBACK");
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
