import { setTimeout as sleep } from "node:timers/promises";
import { spread } from "../../bench/figures.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { sumsubSecret } from "../support/sumsub-sender.ts";
import { startTraffic, storedOf } from "../support/webhook-traffic.ts";

const sizes = { full: { perSecond: 1_000, seconds: 5 }, short: { perSecond: 1_000, seconds: 2 } };
const limit = 200;

/** Far more than an integration's limit: what is acknowledged is stored, the rest is told when to come back, and nothing else happens. */
export const burst: Scenario = {
  id: "L2",
  title: "1,000 webhooks/s over a limit of 200/s",
  async run({ host, installation, size }) {
    const { perSecond, seconds } = sizes[size];
    const findings = new Findings();
    const tenant = await host.tenant("l2");
    const { id } = await host.call("POST", `/v1/tenants/${tenant}/integrations`, { provider: "sumsub", mode: "sandbox", webhookRateLimit: limit });
    const startedAt = performance.now();
    const traffic = startTraffic({ apiUrl: installation.apiUrl, path: `/webhooks/sumsub/${id}`, secret: sumsubSecret(id), perSecond, forgedEvery: 0 });
    await sleep(seconds * 1_000);
    const { answers, latenciesMs } = await traffic.stop();
    const tookSeconds = (performance.now() - startedAt) / 1_000;

    const accepted = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 429);
    const stored = await patiently(() => storedOf(installation.databaseUrl, id), (count) => count >= accepted, 60_000);
    const travel = spread(latenciesMs);
    findings.figure(`${answers.length} sent in ${tookSeconds.toFixed(1)} s: ${accepted} acknowledged, ${refused.length} told to come back`);
    findings.figure(`p50 ${travel.p50} ms, p95 ${travel.p95} ms, p99 ${travel.p99} ms`);
    findings.check(accepted + refused.length === answers.length, `${answers.length - accepted - refused.length} were answered neither 200 nor 429`);
    findings.check(refused.length > 0, "nothing was refused: the limit was not met");
    findings.check(refused.every(({ retryAfter }) => Number(retryAfter) >= 1), "a refusal had no Retry-After");
    findings.check(accepted <= limit + limit * tookSeconds, `${accepted} were acknowledged: over the limit`);
    findings.check(stored === accepted, `${accepted} were acknowledged and ${stored} are stored`);
    return findings;
  },
};
