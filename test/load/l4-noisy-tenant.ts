import pg from "pg";
import { spread } from "../../bench/figures.ts";
import { judge, Ledger, publishSteadily } from "../support/ledger.ts";
import type { LocalInstallation } from "../support/local-installation.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";

const sizes = { full: { queued: 2_000, perSecond: 10, seconds: 60 }, short: { queued: 500, perSecond: 10, seconds: 6 } };
/** Of the dispatcher's, for an endpoint that answers quickly; one that hangs gets fewer. */
const capInFlight = 32;
const maxP95Ms = 2_000;
const noisyPath = "/l4/noisy";
const quietPath = "/l4/quiet";

/** One tenant's receiver hangs on a long queue; another tenant of the same dispatcher shard must not notice. */
export const noisyTenant: Scenario = {
  id: "L4",
  title: "tenant A's receiver hangs 30 s, with a queue; tenant B sends on",
  run: (ground) => sendBeside(ground, 30_000),
};

/**
 * Slow, but within the time limit: nothing fails, so no breaker takes the endpoint out of the dispatch. Twelve seconds do not
 * divide a dispatcher's round of thirty: its end always finds some under way.
 */
export const slowTenant: Scenario = {
  id: "SLOW",
  title: "tenant A's receiver takes 12 s for each, with a queue; tenant B sends on",
  run: (ground) => sendBeside(ground, 12_000),
};

async function sendBeside({ installation, host, size, newReceiver }: Ground, delayMs: number): Promise<Findings> {
  const { queued, perSecond, seconds } = sizes[size];
  const findings = new Findings();
  const [noisy, quiet] = await Promise.all([newReceiver(), newReceiver()]);
  const [a, b] = [await host.tenant(`noisy-${delayMs}`), await host.tenant(`quiet-${delayMs}`)];
  const sick = await host.endpoint(a, noisy, noisyPath, { rule: { delayMs } });
  await endpointBeside(installation, sick, () => host.endpoint(b, quiet, quietPath), (id) => host.call("DELETE", `/v1/tenants/${b}/webhook-endpoints/${id}`));

  const noise = new Ledger(`a${delayMs}`);
  for (let sent = 0; sent < queued; sent += 500) await noise.publishBatch(host, a, Math.min(500, queued - sent));
  await patiently(() => noisy.unique([noisyPath]), (unique) => unique > 0, 30_000);
  const ledger = new Ledger(`b${delayMs}`);
  const expected = perSecond * seconds;
  await publishSteadily(host, [{ tenant: b, ledger }], { perSecond, count: expected });
  await patiently(() => quiet.unique([quietPath]), (unique) => unique >= expected, 60_000);

  const verdict = judge(ledger, await quiet.report(quietPath));
  const { peakOpen, requests } = await noisy.report(noisyPath);
  const travel = spread(verdict.travelMs);
  findings.checkVerdict(verdict);
  findings.figure(`B ${verdict.arrived}/${expected}, p50 ${travel.p50} ms, p95 ${travel.p95} ms, max ${travel.max} ms`);
  findings.figure(`A ${queued} queued, ${requests} requests, at most ${peakOpen} open at once`);
  findings.check(verdict.arrived === expected, `${verdict.arrived} of ${expected} arrived at B`);
  findings.check(travel.p95 <= maxP95Ms, `B's p95 over ${maxP95Ms} ms`);
  findings.check(peakOpen > 0 && peakOpen <= capInFlight, `A had ${peakOpen} requests open at once, not 1 to ${capInFlight}`);
  await host.call("PATCH", `/v1/tenants/${a}/webhook-endpoints/${sick}`, { enabled: false });
  return findings;
}

/** The worst case: makes endpoints until one lies in the other's shard, and deletes those that don't. */
async function endpointBeside(installation: LocalInstallation, other: string, make: () => Promise<string>, drop: (id: string) => Promise<void>): Promise<void> {
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  try {
    for (;;) {
      const id = await make();
      const { rows } = await database.query<{ shards: number }>("SELECT count(DISTINCT shard)::int AS shards FROM webhook_endpoint WHERE id = ANY($1)", [[other, id]]);
      if (rows[0]?.shards === 1) return;
      await drop(id);
    }
  } finally {
    await database.end();
  }
}
