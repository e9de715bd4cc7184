import pg from "pg";
import type { Logger } from "../lib/logger.ts";

// Every hot statement finds its rows by an index, whatever the tables' statistics say at this moment: with fresh or empty
// tables the planner would read whole ones, and keep that plan for as long as the connection lives.
const settings = "-c enable_seqscan=off -c enable_mergejoin=off -c jit=off";

export interface HotPools {
  /** For statements that join what they were given with itself: accepting events. */
  accept: pg.Pool;
  /** For statements that look each of their rows up: leases and results. */
  dispatch: pg.Pool;
  /** For recording what comes through the inbound door. */
  inbound: pg.Pool;
  /** For handing recorded news on, and counting on them. */
  relay: pg.Pool;
  close(): Promise<void>;
}

/** Connections for the few statements that each event and delivery passes through. Opened when they are first used. */
export function openHotPools(options: { url: string; logger: Logger }): HotPools {
  const open = (name: string, max: number, more: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: options.url, max, connectionTimeoutMillis: 10_000, keepAlive: true, application_name: `waystation-${name}`, options: `${settings}${more}` });
    // One that dies while idle is replaced by the next checkout; without a listener Node would exit.
    pool.on("error", (error) => options.logger.warn({ err: error }, "an idle database connection was lost"));
    return pool;
  };
  const accept = open("accept", 4, "");
  const dispatch = open("dispatch", 10, " -c enable_hashjoin=off");
  const inbound = open("inbound", 4, "");
  const relay = open("relay", 4, " -c enable_hashjoin=off");
  return { accept, dispatch, inbound, relay, close: async () => void (await Promise.allSettled([accept, dispatch, inbound, relay].map((pool) => pool.end()))) };
}
