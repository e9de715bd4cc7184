import { spread } from "../../bench/figures.ts";
import { lookInto, signersFor, twelveProviders, wideLimits } from "../support/inbound-ground.ts";
import { checkStored, countOf, InboundLedger, statusesIn, storedNews, waitingNews } from "../support/inbound-ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { checkRunsTold } from "../support/told-runs.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";
import { steadily, RepeatingVendor } from "../support/repeating-vendor.ts";

const sizes = { full: { perSecond: 300, seconds: 60, owners: 100 }, short: { perSecond: 150, seconds: 3, owners: 10 } };
const forgedPercent = 10;
const maxP95Ms = 100;
const maxP99Ms = 250;

/** The webhooks of twelve vendors, every tenth forged: each valid one is acknowledged soon and stored, and what a run owns reaches it once. */
export const inboundRate: Scenario = {
  id: "L1",
  title: "300 webhooks/s of 12 providers, 10 % forged",
  env: () => wideLimits,
  async run({ installation, host, size }) {
    const { perSecond, seconds, owners } = sizes[size];
    const findings = new Findings();
    const signers = await signersFor(host, "l1", twelveProviders);
    const sumsub = signers.find(({ integration }) => integration.provider === "sumsub");
    if (sumsub === undefined) throw new Error("sumsub is missing");
    const { id: integrationId } = sumsub.integration;
    const runs = await WaitingOwners.start(installation, { tenant: "l1", integrationId, prefix: "l1", count: owners });
    const [database, sender, ledger] = [lookInto(installation), new RepeatingVendor([installation.apiUrl]), new InboundLedger()];
    try {
      const warm = InboundLedger.prepare(signers, signers.length * 4, { prefix: "w" });
      for (const webhook of warm) await ledger.send(sender, webhook);
      ledger.tookMs.length = 0;
      const webhooks = InboundLedger.prepare(signers, perSecond * seconds, { prefix: "l1", forgedPercent, telling: (n) => ({ object: `l1-${Math.floor(n / signers.length) % owners}` }) });
      await steadily(webhooks, perSecond, async (webhook) => void (await ledger.send(sender, webhook)));

      const waiting = await patiently(() => waitingNews(database, integrationId), (count) => count === 0, 60_000);
      const stored = await storedNews(database, signers.map(({ integration }) => integration.id));
      checkStored(findings, ledger, stored);
      const took = spread(ledger.tookMs);
      findings.figure(`valid: ${statusesIn(ledger.valid)}; forged: ${statusesIn(ledger.forged)}`);
      findings.figure(`p50 ${took.p50} ms, p95 ${took.p95} ms, p99 ${took.p99} ms`);
      findings.check(countOf(ledger.valid, (status) => status < 200 || status >= 300) === 0, "a valid webhook got no 2xx");
      findings.check(countOf(ledger.forged, (status) => status < 400 || status >= 500) === 0, "a forged webhook got no 4xx");
      findings.check(waiting === 0, `${waiting} wait for their runs`);
      if (size === "full") {
        findings.check(took.p95 <= maxP95Ms, `p95 over ${maxP95Ms} ms`);
        findings.check(took.p99 <= maxP99Ms, `p99 over ${maxP99Ms} ms`);
      }
      await checkRunsTold(findings, { integrationId, owners: runs, stored, mostTimes: 1 });
      return findings;
    } finally {
      await Promise.allSettled([runs.stop(), database.end(), sender.close()]);
    }
  },
};
