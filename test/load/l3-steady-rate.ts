import { spread } from "../../bench/figures.ts";
import { statesLeft } from "../support/delivery-states.ts";
import { judge, Ledger, publishSteadily } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";

const sizes = { full: { perSecond: 100, seconds: 60 }, short: { perSecond: 100, seconds: 5 } };
const paths = ["/l3/1", "/l3/2"];
const maxP50Ms = 500;
const maxP95Ms = 2_000;

/** A steady stream to two endpoints each: everything comes once, and soon. */
export const steadyRate: Scenario = {
  id: "L3",
  title: "100 events/s, each to two endpoints",
  async run({ host, size, newReceiver }) {
    const { perSecond, seconds } = sizes[size];
    const findings = new Findings();
    const receiver = await newReceiver();
    const tenant = await host.tenant("l3");
    for (const path of paths) await host.endpoint(tenant, receiver, path);
    const ledger = new Ledger("l3");
    // A worker that has just been started is not what is measured.
    await ledger.publish(host, tenant);
    await until("the first deliveries", () => receiver.unique(paths), (unique) => unique === paths.length);
    const expected = (1 + perSecond * seconds) * paths.length;

    await publishSteadily(host, [{ tenant, ledger }], { perSecond, count: perSecond * seconds });
    await patiently(() => receiver.unique(paths), (unique) => unique >= expected, 60_000);

    const verdicts = await Promise.all(paths.map(async (path) => judge(ledger, await receiver.report(path))));
    for (const verdict of verdicts) findings.checkVerdict(verdict);
    const arrived = verdicts.reduce((sum, verdict) => sum + verdict.arrived, 0);
    const travel = spread(verdicts.flatMap((verdict) => verdict.travelMs));
    findings.figure(`${arrived}/${expected} delivered`);
    findings.figure(`p50 ${travel.p50} ms, p95 ${travel.p95} ms, p99 ${travel.p99} ms`);
    findings.figure(`${verdicts.reduce((sum, verdict) => sum + verdict.duplicates, 0)} duplicates`);
    findings.check(arrived === expected, `${arrived} of ${expected} arrived`);
    findings.check(travel.p50 <= maxP50Ms, `p50 over ${maxP50Ms} ms`);
    findings.check(travel.p95 <= maxP95Ms, `p95 over ${maxP95Ms} ms`);
    const left = await statesLeft(host, tenant);
    findings.check(left.length === 0, `the log still shows deliveries that are ${left.join(", ")}`);
    return findings;
  },
};
