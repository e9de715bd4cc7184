import pg from "pg";
import type { HostProduct } from "../support/host-product.ts";
import { judge, Ledger } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Scenario } from "../support/scenario.ts";

// What is let through in one moment may arrive in another: the slack is for that, and weighs more where little is sent.
const sizes = { full: { failed: 5_000, rateLimit: 500, sample: 400, slack: 0.05 }, short: { failed: 500, rateLimit: 100, sample: 200, slack: 0.2 } };
const path = "/l7";
const retryWaitSeconds = 600;
/** The jitter is a little wider, so that a few hundred samples reach it. */
const minSpread = 0.1;

/**
 * Thousands of deliveries failed once and come due in the same second. Measured are the waits that were planned for them
 * (their spread), and the arrivals at the receiver: no window of t seconds, wherever it begins, may have more than t times
 * the rate limit.
 */
export const retryStorm: Scenario = {
  id: "L7",
  title: "5,000 failed deliveries due in the same second, rate limit 500/s",
  async run({ installation, host, size, newReceiver }) {
    const { failed, rateLimit, sample, slack } = sizes[size];
    const findings = new Findings();
    const database = new pg.Pool({ connectionString: installation.databaseUrl, max: 1 });
    const receiver = await newReceiver();
    const tenant = await host.tenant("l7");
    // Every second event fails: the successes between them keep the endpoint's breaker closed.
    const endpoint = await host.endpoint(tenant, receiver, path, { rule: { failEvery: 2 }, fields: { retrySchedule: [retryWaitSeconds, retryWaitSeconds] } });
    const ledger = new Ledger("l7");
    for (let sent = 0; sent < failed * 2; sent += 1_000) await ledger.publishBatch(host, tenant, Math.min(1_000, failed * 2 - sent));
    const waiting = await patiently(() => retrying(database, endpoint), (count) => count === failed, 60_000);
    findings.check(waiting === failed, `${waiting} of ${failed} wait for their retry`);

    const waits = await plannedWaits(host, tenant, endpoint, sample);
    const [least, most] = [Math.min(...waits), Math.max(...waits)];
    findings.figure(`waits ${percent(least)} to ${percent(most)} of the planned (${waits.length} looked at)`);
    findings.check(least <= 1 - minSpread && most >= 1 + minSpread, "the waits are not spread by ±10 %");

    await host.call("PATCH", `/v1/tenants/${tenant}/webhook-endpoints/${endpoint}`, { rateLimit });
    const before = (await receiver.report(path)).times.length;
    await makeDue(database, endpoint);
    await patiently(async () => (await receiver.counts([path]))[0]?.requests ?? 0, (requests) => requests >= before + failed, (failed / rateLimit) * 2_000 + 30_000);

    const report = await receiver.report(path);
    findings.checkVerdict(judge(ledger, report));
    const times = report.times.slice(before).sort((a, b) => a - b);
    findings.figure(`${times.length} retries within ${((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000} s`);
    findings.check(times.length >= failed, `${times.length} of ${failed} retries came`);
    for (const seconds of [1, 2, 5]) {
      const peak = mostWithin(times, seconds * 1_000);
      const allowed = Math.round(rateLimit * seconds * (1 + slack));
      findings.figure(`at most ${peak} in ${seconds} s`);
      findings.check(peak <= allowed, `${peak} came within ${seconds} s, over ${allowed}`);
    }
    await database.end();
    return findings;
  },
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The most arrivals in any window of that length. Times are sorted. */
function mostWithin(times: number[], windowMs: number): number {
  let from = 0;
  let most = 0;
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? 0) <= at - windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

/** The waits that the API shows, from the failed attempt to the next one, as shares of the schedule's. */
async function plannedWaits(host: HostProduct, tenant: string, endpoint: string, count: number): Promise<number[]> {
  const waits: number[] = [];
  let cursor = "";
  while (waits.length < count) {
    const page = await host.call("GET", `/v1/tenants/${tenant}/deliveries?endpointId=${endpoint}&status=retrying&limit=200${cursor}`);
    const details = await Promise.all(page.data.map(({ id }: { id: string }) => host.call("GET", `/v1/tenants/${tenant}/deliveries/${id}`)));
    for (const { attempts, nextAttemptAt } of details) waits.push((Date.parse(nextAttemptAt) - Date.parse(attempts[0].at)) / (retryWaitSeconds * 1_000));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  return waits;
}

async function retrying(database: pg.Pool, endpoint: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>("SELECT count(*)::int AS count FROM webhook_delivery WHERE endpoint_id = $1 AND status = 'retrying'", [endpoint]);
  return rows[0]?.count ?? 0;
}

/** What jitter prevents: all of them at the same moment. */
async function makeDue(database: pg.Pool, endpoint: string): Promise<void> {
  await database.query("UPDATE webhook_delivery SET next_attempt_at = now() WHERE endpoint_id = $1 AND status = 'retrying'", [endpoint]);
}
