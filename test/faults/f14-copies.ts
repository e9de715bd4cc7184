import { environmentOf, lookInto, signersFor, wideLimits } from "../support/inbound-ground.ts";
import { checkStored, InboundLedger, statusesIn, storedNews, waitingNews } from "../support/inbound-ledger.ts";
import { patiently } from "../support/patience.ts";
import { startPart } from "../support/part-process.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { checkRunsTold } from "../support/told-runs.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";
import { RepeatingVendor } from "../support/repeating-vendor.ts";

const sizes = { full: { ids: 50, copies: 200 }, short: { ids: 5, copies: 100 } };

/** The same webhook over and over at the same moment, at two API processes: one row, one effect, and every copy is acknowledged. */
export const copies: Scenario = {
  id: "F14",
  title: "200 copies at once of each of 50 webhooks, to two API processes",
  env: () => wideLimits,
  async run({ installation, host, size }) {
    const { ids, copies: count } = sizes[size];
    const findings = new Findings();
    const [signer] = await signersFor(host, "f14", ["sumsub"]);
    if (signer === undefined) throw new Error("there is no integration");
    const { id: integrationId } = signer.integration;
    const second = await startPart("api", { ...environmentOf(installation), ...wideLimits });
    const runs = await WaitingOwners.start(installation, { tenant: "f14", integrationId, prefix: "f14", count: ids });
    const [database, sender, ledger] = [lookInto(installation), new RepeatingVendor([installation.apiUrl, second.url], count / 2), new InboundLedger()];
    try {
      const webhooks = InboundLedger.prepare([signer], ids, { prefix: "f14", telling: (n) => ({ object: `f14-${n}` }) });
      for (const webhook of webhooks) await Promise.all(Array.from({ length: count }, () => ledger.send(sender, webhook)));
      const waiting = await patiently(() => waitingNews(database, integrationId), (left) => left === 0, 60_000);
      findings.figure(`${statusesIn(ledger.valid)}`);
      findings.check(ledger.tookMs.length === ids * count, `${ids * count - ledger.tookMs.length} copies got no 2xx`);
      findings.check(waiting === 0, `${waiting} wait for their runs`);
      const stored = await storedNews(database, [integrationId]);
      checkStored(findings, ledger, stored);
      findings.check(stored.length === ids, `${stored.length} rows for ${ids} webhooks`);
      const signals = await checkRunsTold(findings, { integrationId, owners: runs, stored, mostTimes: 1 });
      findings.check(signals === ids, `${ids} runs got ${signals} signals`);
      return findings;
    } finally {
      await Promise.allSettled([runs.stop(), second.stop(), database.end(), sender.close()]);
    }
  },
};
