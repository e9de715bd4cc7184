import { statesLeft } from "../support/delivery-states.ts";
import { killPart } from "../support/kill.ts";
import { judge, Ledger } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";

const sizes = { full: { kills: 10, queued: 2_000 }, short: { kills: 2, queued: 1_000 } };
const batch = 1_000;
const maxTakeoverMs = 30_000;
const maxDuplicateShare = 0.02;
const names = [1, 2, 3, 4];

interface Lane {
  tenant: string;
  path: string;
  ledger: Ledger;
}

/**
 * The worker is killed again and again in the middle of a queue: nothing is lost, and little comes twice. What a kill repeats
 * is what was sent and not yet written down at that moment.
 */
export const workerKilled: Scenario = {
  id: "F2",
  title: "kill -9 of the worker, 10 times, 2,000 deliveries waiting each time",
  async run(ground) {
    const { kills, queued } = sizes[ground.size];
    const findings = new Findings();
    const receiver = await ground.newReceiver();
    const lanes: Lane[] = [];
    for (const n of names) {
      const lane = { tenant: await ground.host.tenant(`f2-${n}`), path: `/f2/${n}`, ledger: new Ledger(`f2-${n}`) };
      await ground.host.endpoint(lane.tenant, receiver, lane.path);
      lanes.push(lane);
    }
    const paths = lanes.map((lane) => lane.path);
    const arrived = (): Promise<number> => receiver.unique(paths);
    const accepted = (): number => lanes.reduce((sum, { ledger }) => sum + ledger.accepted.size, 0);

    const takeoversMs: number[] = [];
    const waiting: number[] = [];
    const repeated: number[] = [];
    for (let n = 0; n < kills; n += 1) {
      waiting.push(await queueUp(ground, { lanes, queued, arrived, accepted }));
      const { at, back } = await killPart(ground.installation, "worker");
      await back;
      // What was on its way at the kill has come by now: the next arrival is the new worker's.
      const then = await arrived();
      await until("deliveries to flow again", arrived, (count) => count > then, maxTakeoverMs * 2);
      takeoversMs.push(Date.now() - at);
      await patiently(arrived, (count) => count >= accepted(), 120_000);
      repeated.push((await receiver.counts(paths)).reduce((sum, { unique, requests }) => sum + requests - unique, 0));
    }

    const verdicts = await Promise.all(lanes.map(async ({ ledger, path }) => judge(ledger, await receiver.report(path))));
    for (const verdict of verdicts) findings.checkVerdict(verdict);
    const duplicates = verdicts.reduce((sum, verdict) => sum + verdict.duplicates, 0);
    const share = duplicates / accepted();
    const slowest = Math.max(...takeoversMs);
    findings.figure(`${await arrived()}/${accepted()} delivered, ${kills} kills`);
    findings.figure(`at least ${Math.min(...waiting)} waiting at each`);
    findings.figure(`${duplicates} duplicates (${(share * 100).toFixed(2)} %): ${repeated.map((count, n) => count - (repeated[n - 1] ?? 0)).join(", ")}`);
    findings.figure(`takeover after ${takeoversMs.map((ms) => (ms / 1_000).toFixed(1)).join(", ")} s`);
    findings.check(share <= maxDuplicateShare, `${duplicates} duplicates are over ${maxDuplicateShare * 100} %`);
    findings.check(slowest <= maxTakeoverMs, `a takeover took ${slowest} ms`);
    for (const { tenant } of lanes) {
      const left = await statesLeft(ground.host, tenant);
      findings.check(left.length === 0, `the log still shows deliveries that are ${left.join(", ")}`);
    }
    return findings;
  },
};

interface Queue {
  lanes: Lane[];
  queued: number;
  arrived(): Promise<number>;
  accepted(): number;
}

/** Publishes until so many wait although the worker is sending them; the answer is how many do. */
async function queueUp({ host }: Ground, { lanes, queued, arrived, accepted }: Queue): Promise<number> {
  const before = await arrived();
  for (;;) {
    await Promise.all(lanes.map(({ tenant, ledger }) => ledger.publishBatch(host, tenant, batch)));
    const came = await until("the worker to send", arrived, (count) => count > before);
    if (accepted() - came >= queued) return accepted() - came;
  }
}
