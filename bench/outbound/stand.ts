import pg from "pg";
import { startInstallation, type LocalInstallation } from "../../test/support/local-installation.ts";
import { AskedProcess } from "../shared/asked-process.ts";
import type { Closers } from "../shared/benchmark.ts";
import { databaseUrls } from "../shared/database-urls.ts";
import type { Roots } from "../shared/meter.ts";

/** What every scenario works on: a whole installation in processes of its own, the driver, the sink, and a look into Postgres. */
export interface Stand {
  installation: LocalInstallation;
  apiPort: number;
  roots: Roots;
  driver: AskedProcess;
  sink: AskedProcess;
  sinkPort: number;
  db: pg.Pool;
  databaseUrl(name: string): string;
  /** For whatever a scenario starts that would outlive us. */
  closers: Closers;
}

const parts = ["api", "worker", "postgres", "temporal", "sandbox"] as const;

export async function openStand(closers: Closers): Promise<Stand> {
  const [sink, driver] = [new AskedProcess("outbound", "sink"), new AskedProcess("outbound", "driver")];
  closers.push(() => Promise.all([sink.stop(), driver.stop()]));
  // An endpoint that hangs for 15 seconds is to answer in the end: that is harder on the others than one that times out.
  const starting = startInstallation({ LOG_LEVEL: "warn", WEBHOOK_TIMEOUT_MS: "20000" });
  closers.push(async () => (await starting).stop());
  const installation = await starting;
  const databaseUrl = databaseUrls(installation);
  // A worker that a scenario holds still could not stop.
  closers.push(async () => process.kill(await installation.pidOf("worker"), "SIGCONT"));
  const db = new pg.Pool({ connectionString: databaseUrl("waystation"), max: 2 });
  // The server may go before us, also from under a connection that is in use; its end is not waited for then.
  db.on("connect", (client) => void client.on("error", () => undefined));
  db.on("error", () => undefined);
  return {
    installation, sink, driver, db, databaseUrl, closers,
    apiPort: Number(new URL(installation.apiUrl).port),
    roots: Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await installation.pidOf(part)] as const))),
    sinkPort: await sink.ask<number>("listen"),
  };
}
