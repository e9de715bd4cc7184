import pg from "pg";
import { inRole, type DatabaseRole } from "../../db/roles.ts";
import type { Logger } from "../../lib/logger.ts";

/** Tells those who listen on a channel that shards have something due. */
export interface DueNotifier {
  /** Returns at once. What is told while a notification is under way goes with the next one. */
  tell(shards: Iterable<number>): void;
  close(): Promise<void>;
}

/**
 * Notifies after the commit, on a connection of its own: inside the transaction, every commit would wait for the one lock
 * that notifications take. One that is lost, with its process or its connection, costs one idle poll.
 */
export function createDueNotifier(options: { url: string; role: DatabaseRole; channel: string; logger: Logger }): DueNotifier {
  // A notification has nothing to be durable about.
  const pool = new pg.Pool({ connectionString: options.url, max: 1, keepAlive: true, application_name: "waystation-notify", options: `${inRole(options.role)} -c synchronous_commit=off` });
  pool.on("error", (error) => options.logger.warn({ err: error }, "the notifying connection was lost"));
  const due = new Set<number>();
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (due.size > 0) {
      const shards = [...due];
      due.clear();
      try {
        await pool.query({ name: "notify_due", text: "SELECT pg_notify($1, shard::text)::text FROM unnest($2::int[]) AS s(shard)", values: [options.channel, shards] });
      } catch (error) {
        options.logger.warn({ err: error }, "nobody could be notified; they look by themselves");
      }
    }
    running = null;
  };
  return {
    tell(shards) {
      for (const shard of shards) due.add(shard);
      running ??= run();
    },
    close: async () => {
      await running;
      await pool.end();
    },
  };
}
