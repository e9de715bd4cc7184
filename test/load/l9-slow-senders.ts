import { spread } from "../../bench/figures.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { openSlowSockets, type SlowSocket } from "../support/slow-senders.ts";
import { sumsubSecret } from "../support/sumsub-sender.ts";
import { patiently } from "../support/patience.ts";
import { startTraffic, storedOf } from "../support/webhook-traffic.ts";

const sizes = { full: { sockets: 1_000, rounds: 3 }, short: { sockets: 100, rounds: 1 } };
const perSecond = 100;
const maxOpenMs = 10_000;
const maxP95Ms = 100;
const maxP99Ms = 250;

/** A thousand senders that say nothing, or a byte a second, are sent away while providers are served as ever. */
export const slowSenders: Scenario = {
  id: "L9",
  title: "1,000 slow senders beside 100 webhooks/s",
  async run({ host, installation, size }) {
    const { sockets, rounds } = sizes[size];
    const findings = new Findings();
    const tenant = await host.tenant("l9");
    const { id } = await host.call("POST", `/v1/tenants/${tenant}/integrations`, { provider: "sumsub", mode: "sandbox" });
    const path = `/webhooks/sumsub/${id}`;
    const traffic = startTraffic({ apiUrl: installation.apiUrl, path, secret: sumsubSecret(id), perSecond, forgedEvery: 10 });

    const slow: SlowSocket[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const opened = await openSlowSockets(installation.apiUrl, path, sockets);
      slow.push(...opened);
      await patiently(async () => opened.filter(({ closedAfterMs }) => closedAfterMs === null).length, (open) => open === 0, 3 * maxOpenMs);
    }
    const { answers, latenciesMs } = await traffic.stop();

    const left = slow.filter(({ closedAfterMs }) => closedAfterMs === null);
    for (const { socket } of left) socket.destroy();
    const longest = Math.max(...slow.map(({ closedAfterMs }) => closedAfterMs ?? Infinity));
    const travel = spread(latenciesMs);
    const accepted = answers.filter(({ forged, status }) => !forged && status === 200).length;
    const stored = await storedOf(installation.databaseUrl, id);
    findings.figure(`${slow.length - left.length}/${slow.length} slow sockets closed, the last after ${Math.round(longest)} ms`);
    findings.figure(`${answers.length} webhooks, p50 ${travel.p50} ms, p95 ${travel.p95} ms, p99 ${travel.p99} ms`);
    findings.check(left.length === 0, `${left.length} slow sockets are still open, ${[...new Set(left.map(({ kind }) => kind))].join(", ")}`);
    findings.check(longest <= maxOpenMs, `one stayed open for ${Math.round(longest)} ms: ${slow.find(({ closedAfterMs }) => closedAfterMs === longest)?.kind}`);
    const wrong = answers.filter(({ forged, status }) => status !== (forged ? 401 : 200));
    findings.check(wrong.length === 0, `${wrong.length} webhooks were answered as they should not be, such as ${JSON.stringify(wrong[0])}`);
    findings.check(stored === accepted, `${accepted} were acknowledged and ${stored} are stored`);
    findings.check(travel.p95 <= maxP95Ms, `p95 over ${maxP95Ms} ms`);
    findings.check(travel.p99 <= maxP99Ms, `p99 over ${maxP99Ms} ms`);
    return findings;
  },
};
