import pg from "pg";
import type { Logger } from "../lib/logger.ts";
import { inRole, type DatabaseRole } from "./roles.ts";

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
  /** For what is looked up before a tenant is known. */
  gate: pg.Pool;
  /** For what is tidied up across tenants; planned as any other statement. */
  upkeep: pg.Pool;
  close(): Promise<void>;
}

/** Connections for statements that serve many tenants at once, each pool in the role of its duty. Opened when they are first used. */
export function openHotPools(options: { url: string; logger: Logger }): HotPools {
  const open = (name: string, role: DatabaseRole, max: number, planning: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: options.url, max, connectionTimeoutMillis: 10_000, keepAlive: true, application_name: `waystation-${name}`, options: `${inRole(role)} ${planning}` });
    // One that dies while idle is replaced by the next checkout; without a listener Node would exit.
    pool.on("error", (error) => options.logger.warn({ err: error }, "an idle database connection was lost"));
    return pool;
  };
  const pools = {
    accept: open("accept", "waystation_ingest", 4, settings),
    dispatch: open("dispatch", "waystation_dispatch", 10, `${settings} -c enable_hashjoin=off`),
    inbound: open("inbound", "waystation_ingest", 4, settings),
    relay: open("relay", "waystation_relay", 4, `${settings} -c enable_hashjoin=off`),
    gate: open("gate", "waystation_gate", 4, settings),
    upkeep: open("upkeep", "waystation_upkeep", 2, ""),
  };
  return { ...pools, close: async () => void (await Promise.allSettled(Object.values(pools).map((pool) => pool.end()))) };
}
