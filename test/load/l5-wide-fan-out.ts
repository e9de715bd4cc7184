import { statesLeft } from "../support/delivery-states.ts";
import { historyLengths } from "../support/history-lengths.ts";
import { judge, Ledger } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Scenario } from "../support/scenario.ts";

const sizes = { full: { endpoints: 500 }, short: { endpoints: 100 } };
const limitMs = 30_000;
const maxHistoryEvents = 2_000;

/** One event to very many endpoints: all have it soon, and no run's history grows with the number of endpoints. */
export const wideFanOut: Scenario = {
  id: "L5",
  title: "one event to 500 endpoints",
  async run({ installation, host, size, newReceiver }) {
    const findings = new Findings();
    const receiver = await newReceiver();
    const tenant = await host.tenant("l5");
    const paths = Array.from({ length: sizes[size].endpoints }, (_, n) => `/l5/${n}`);
    await Promise.all(paths.map((path) => host.endpoint(tenant, receiver, path)));

    const ledger = new Ledger("l5");
    await ledger.publish(host, tenant);
    await patiently(() => receiver.unique(paths), (unique) => unique >= paths.length, limitMs);

    const verdicts = await Promise.all(paths.map(async (path) => judge(ledger, await receiver.report(path))));
    for (const verdict of verdicts) findings.checkVerdict(verdict);
    const arrived = verdicts.filter((verdict) => verdict.arrived === 1).length;
    const lastMs = Math.max(...verdicts.flatMap((verdict) => verdict.travelMs));
    const left = await statesLeft(host, tenant);
    const [longest] = await historyLengths(installation.temporalAddress);
    findings.figure(`${arrived}/${paths.length} within ${lastMs} ms`);
    findings.figure(`longest history ${longest?.events} events (${longest?.workflowId})`);
    findings.check(arrived === paths.length, `${arrived} of ${paths.length} endpoints had it within ${limitMs} ms`);
    findings.check(left.length === 0, `the log still shows deliveries that are ${left.join(", ")}`);
    findings.check(longest !== undefined && longest.events > 0 && longest.events <= maxHistoryEvents, `a history has ${longest?.events} events`);
    return findings;
  },
};
