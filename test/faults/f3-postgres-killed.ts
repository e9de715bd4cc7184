import { stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { familyOf } from "../../bench/shared/processes-used.ts";
import { wideLimits } from "../support/inbound-ground.ts";
import type { LocalInstallation } from "../support/local-installation.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";
import { duringStream, type Stream } from "./inbound-stream.ts";

const sizes = { full: { perSecond: 200, seconds: 30, owners: 50 }, short: { perSecond: 100, seconds: 5, owners: 10 } };
const healthyWithinMs = 10_000;

/** Postgres dies with all its sessions: while it is away nothing is acknowledged, and soon after all is well. */
export const postgresKilled: Scenario = {
  id: "F3",
  title: "SIGKILL of Postgres and its sessions during 200 webhooks/s",
  env: () => wideLimits,
  async run(ground) {
    const { perSecond, seconds, owners } = sizes[ground.size];
    // What the relay had told when Postgres died it may tell again.
    const findings = await duringStream(ground, { name: "f3", perSecond, seconds, owners, again: true, drainLimitMs: 60_000, mostTimes: 5 }, async (stream) => {
      await checkDurable(stream);
      await stream.reached(0.4);
      const { killedAt, startedAt, backAt } = await killPostgres(ground.installation);
      await stream.reached(1);
      const answersOf = (until: number): number[] => [...new Set(stream.sender.answers.filter(({ sentAt, answeredAt }) => sentAt > killedAt && answeredAt < until).map(({ status }) => status))].toSorted((a, b) => a - b);
      const [away, recovering] = [answersOf(startedAt), answersOf(backAt)];
      stream.findings.figure(`away for ${backAt - killedAt} ms; answers until it was started again: ${away.join(", ")}; until it was back: ${recovering.join(", ")}`);
      // A forged one needs no database to be refused, once the integration is known.
      stream.findings.check(away.every((status) => status === 503 || status === 401), `answers while Postgres was away: ${away.join(", ")}`);
      stream.findings.check(away.includes(503), "nothing was asked for while Postgres was away");
      // It is back for the API a moment before it is for us.
      stream.findings.check(recovering.every((status) => status === 200 || status === 503 || status === 401), `answers while Postgres recovered: ${recovering.join(", ")}`);
      const healthy = await until("an acknowledgement", async () => stream.sender.answers.find(({ sentAt, status }) => sentAt > killedAt && status >= 200 && status < 300), (found) => found !== undefined, 60_000);
      const afterMs = (healthy?.answeredAt ?? Number.POSITIVE_INFINITY) - backAt;
      stream.findings.figure(`acknowledging again ${Math.max(0, afterMs)} ms after it was back`);
      stream.findings.check(afterMs <= healthyWithinMs, `healthy only ${afterMs} ms after Postgres was back`);
    });
    return findings;
  },
};

/** The promise would be worth nothing with these turned off. */
async function checkDurable({ database, findings }: Stream): Promise<void> {
  const { rows } = await database.query<{ name: string; setting: string }>("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')");
  findings.figure(rows.map(({ name, setting }) => `${name}=${setting}`).join(", "));
  for (const { name, setting } of rows) findings.check(setting !== "off", `${name} is off`);
  findings.check(rows.length === 3, "Postgres does not say how durable it is");
}

async function killPostgres(installation: LocalInstallation): Promise<{ killedAt: number; startedAt: number; backAt: number }> {
  const postmaster = await installation.pidOf("postgres");
  const family = familyOf(postmaster);
  for (const pid of [postmaster, ...family.filter((one) => one !== postmaster)]) kill(pid);
  const killedAt = Date.now();
  await until("another Postgres", () => installation.pidOf("postgres").catch(() => postmaster), (pid) => pid !== postmaster, 30_000);
  const { mtimeMs: startedAt } = await stat(join(installation.dataDir, "run", "postgres.json"));
  await until("Postgres to be back", () => answers(installation.databaseUrl), (yes) => yes, 60_000);
  return { killedAt, startedAt, backAt: Date.now() };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with its parent.
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
