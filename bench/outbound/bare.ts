import pg from "pg";
import { rounded, type Figures } from "../figures.ts";
import { AskedProcess } from "../shared/asked-process.ts";
import { cpuFigures, metered } from "../shared/meter.ts";
import type { Stand } from "./stand.ts";

/** A database of its own on the installation's server, gone afterwards. */
export async function withDatabase<T>(stand: Stand, name: string, work: (url: string) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: stand.databaseUrl("postgres") });
  admin.on("error", () => undefined);
  await admin.connect();
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name}`);
    return await work(stand.databaseUrl(name));
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => undefined);
    await admin.end();
  }
}

/** The same number of webhooks by the least that can be done: what our drain's rate is a share of. */
export async function drainBare(stand: Stand, deliveries: number): Promise<Figures> {
  return await withDatabase(stand, "bench_bare", async (databaseUrl) => {
    const loop = new AskedProcess("outbound", "bare-loop");
    try {
      await stand.sink.ask("clear");
      await loop.ask("prepare", { databaseUrl, deliveries, url: `http://127.0.0.1:${stand.sinkPort}` });
      const roots = { loop: loop.pid, postgres: stand.roots["postgres"] ?? 0 };
      const [seconds, used] = await metered(roots, () => loop.ask<number>("drain"));
      const { keys, requests } = await stand.sink.ask<{ keys: string[]; requests: number }>("arrivals");
      return { deliveriesPerSecond: rounded(deliveries / seconds), cpuMsPerDelivery: cpuFigures(used, deliveries), lost: deliveries - keys.length, duplicates: requests - keys.length };
    } finally {
      await loop.stop();
    }
  });
}
