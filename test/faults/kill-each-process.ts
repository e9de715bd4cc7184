import { spread } from "../../bench/figures.ts";
import { statesLeft } from "../support/delivery-states.ts";
import { killPart, type Killable } from "../support/kill.ts";
import { judge, Ledger, publishSteadily } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import type { PathReport } from "../support/receiver.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";

const sizes = { full: { events: 20_000, perSecond: 500 }, short: { events: 1_500, perSecond: 150 } };
const maxTakeoverMs = 30_000;
const maxDuplicateShare = 0.02;
const names = [1, 2, 3, 4];
/** When each is killed, as a share of the run. The worker's takeover is the longest: coming last, it hides no other's. */
const plan: { part: Killable; share: number }[] = [{ part: "api", share: 0.1 }, { part: "temporal", share: 0.35 }, { part: "postgres", share: 0.6 }, { part: "worker", share: 0.85 }];

interface Kill {
  part: Killable;
  at: number;
  back: Promise<void>;
}

/** Every process is killed in turn under a steady stream: all that was accepted arrives, and each takeover is short. */
export const killEachProcess: Scenario = {
  id: "KILL",
  title: "kill -9 of worker, API, Temporal and Postgres in turn, 500 events/s",
  async run(ground) {
    const { events, perSecond } = sizes[ground.size];
    const { host } = ground;
    const findings = new Findings();
    const receiver = await ground.newReceiver();
    const lanes = await Promise.all(names.map(async (n) => ({ tenant: await host.tenant(`kill-${n}`), path: `/kill/${n}`, ledger: new Ledger(`kill-${n}`) })));
    for (const { tenant, path } of lanes) await host.endpoint(tenant, receiver, path);
    const paths = lanes.map(({ path }) => path);

    const began = Date.now();
    const publishing = publishSteadily(host, lanes, { perSecond, count: events });
    const kills = await killInTurn(ground, (share) => lanes.reduce((sum, { ledger }) => sum + ledger.sent.size, 0) >= events * share);
    await publishing;
    const tookMs = Date.now() - began;
    await patiently(() => receiver.unique(paths), (unique) => unique >= events, 120_000);

    const reports = await Promise.all(paths.map((path) => receiver.report(path)));
    const verdicts = lanes.map(({ ledger }, index) => judge(ledger, reports[index] as PathReport));
    for (const verdict of verdicts) findings.checkVerdict(verdict);
    const arrived = verdicts.reduce((sum, verdict) => sum + verdict.arrived, 0);
    const duplicates = verdicts.reduce((sum, verdict) => sum + verdict.duplicates, 0);
    const travel = spread(verdicts.flatMap((verdict) => verdict.travelMs));
    findings.figure(`${arrived}/${events} arrived, published in ${Math.round(tookMs / 1_000)} s, ${host.retries} requests sent again`);
    findings.figure(`${duplicates} duplicates`);
    findings.figure(`p50 ${travel.p50} ms, max ${travel.max} ms`);
    findings.check(arrived === events, `${arrived} of ${events} arrived`);
    findings.check(duplicates <= events * maxDuplicateShare, `${duplicates} duplicates are over ${maxDuplicateShare * 100} %`);
    for (const kill of kills) await judgeTakeover(findings, kill, lanes.map(({ ledger }, index) => firstAfter(kill.at, ledger, reports[index] as PathReport)));
    for (const { tenant } of lanes) {
      const left = await statesLeft(host, tenant);
      findings.check(left.length === 0, `the log still shows deliveries that are ${left.join(", ")}`);
    }
    return findings;
  },
};

async function killInTurn({ installation }: Ground, reached: (share: number) => boolean): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (const { part, share } of plan) {
    await patiently(async () => reached(share), (yes) => yes, 600_000);
    kills.push({ part, ...(await killPart(installation, part)) });
  }
  return kills;
}

/** When an event that was first sent after the moment reached the endpoint; NaN when none was sent. */
function firstAfter(moment: number, ledger: Ledger, report: PathReport): number {
  const came = report.first.filter(([id]) => (ledger.sent.get(id) ?? 0) > moment).map(([, at]) => at);
  return came.reduce((least, at) => (Number.isNaN(least) || at < least ? at : least), Number.NaN);
}

/** The takeover has ended when each endpoint has had an event that was sent after the kill. */
async function judgeTakeover(findings: Findings, { part, at, back }: Kill, firsts: number[]): Promise<void> {
  const takeoverMs = Math.max(...firsts) - at;
  findings.figure(`${part}: takeover ${(takeoverMs / 1_000).toFixed(1)} s`);
  findings.check(takeoverMs < maxTakeoverMs, `the takeover of ${part} took ${takeoverMs} ms`);
  await back.catch((error: Error) => findings.check(false, error.message));
}
