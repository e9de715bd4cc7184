import { setTimeout as sleep } from "node:timers/promises";
import { rounded, spread, type Figures } from "../../figures.ts";
import { patiently } from "../../../test/support/patience.ts";
import { whilePaused } from "../../shared/pause.ts";
import type { Stand } from "../stand.ts";
import { clear, countOf, figuresOf, honesty, rowsOf, sendAll, theDoor, warm } from "./run.ts";

/** An idle session tells Postgres's statistics what it did after ten seconds at the latest. */
const statisticsMs = 11_000;

interface Written {
  rows: number;
  commits: number;
  walBytes: number;
}

async function written(stand: Stand): Promise<Written> {
  const { rows } = await stand.db.query<Record<keyof Written, string>>(
    `SELECT (SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables) AS rows,
      (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits, pg_current_wal_lsn() - '0/0'::pg_lsn AS "walBytes"`);
  const [row] = rows;
  return { rows: Number(row?.rows), commits: Number(row?.commits), walBytes: Number(row?.walBytes) };
}

/** Nothing but forged requests: what one costs the database and the API. */
export async function forgedFlood(stand: Stand, count: number): Promise<Figures> {
  return await whilePaused(stand, async () => {
    const wish = { count, forgedPercent: 100 };
    await warm(stand, theDoor(stand), wish);
    await sleep(statisticsMs);
    // What the warming was counted as has been written by now.
    await clear(stand);
    const before = await written(stand);
    const run = await sendAll(stand, theDoor(stand), wish);
    const { sent } = run;
    // The last counts are written a moment after the last answer.
    const counted = await patiently(async () => (await rowsOf(stand)).refused, (refused) => refused >= count, 5_000);
    await sleep(statisticsMs);
    const after = await written(stand);
    const { webhooksPerSecond: _none, answerMs: _neither, ...figures } = figuresOf(run);
    const each = (name: keyof Written): number => Number(((after[name] - before[name]) / count).toFixed(4));
    const result = {
      ...figures,
      refusedPerSecond: rounded(countOf(sent.forged, (status) => status === 401) / ((sent.endedAt - sent.startedAt) / 1000)),
      refusalMs: spread([...sent.forgedMs]),
      rowsWrittenPerRequest: each("rows"), commitsPerRequest: each("commits"), walBytesPerRequest: each("walBytes"),
      counted,
      notRefused: countOf(sent.forged, (status) => status !== 401),
      ...(await honesty(stand, run, 0)),
    };
    await clear(stand);
    return result;
  });
}
