import type pg from "pg";
import { spread } from "../../bench/figures.ts";
import { lookInto, signersFor } from "../support/inbound-ground.ts";
import { checkStored, InboundLedger, statusesIn, storedNews, waitingNews } from "../support/inbound-ledger.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground } from "../support/scenario.ts";
import { checkRunsTold } from "../support/told-runs.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";
import { steadily, RepeatingVendor } from "../support/repeating-vendor.ts";
import { until } from "../support/wait.ts";

export interface StreamWish {
  /** Of the scenario: the tenant, and the beginning of every id. */
  name: string;
  perSecond: number;
  seconds: number;
  /** Runs that own what the webhooks are about, in turn. */
  owners: number;
  /** What got no 2xx is sent again, as vendors do. */
  again: boolean;
  drainLimitMs: number;
  /** How often a run may be told the same news; above one where the relay itself is broken off. */
  mostTimes?: number;
}

/** What a fault happens to. */
export interface Stream {
  findings: Findings;
  database: pg.Pool;
  sender: RepeatingVendor;
  ledger: InboundLedger;
  /** Resolves once this share of the webhooks has been sent. */
  reached(share: number): Promise<unknown>;
}


const forgedPercent = 10;

/**
 * A steady stream of webhooks about objects that runs own, every tenth forged, and a fault in the middle of it: whatever
 * happens, what was acknowledged is stored and reaches its run, and nothing forged is let in.
 */
export async function duringStream(ground: Ground, wish: StreamWish, fault: (stream: Stream) => Promise<void>): Promise<Findings> {
  const { installation, host } = ground;
  const { name, perSecond, seconds, owners, again } = wish;
  const findings = new Findings();
  const [signer] = await signersFor(host, name, ["sumsub"]);
  if (signer === undefined) throw new Error("there is no integration");
  const { id: integrationId } = signer.integration;
  const runs = await WaitingOwners.start(installation, { tenant: name, integrationId, prefix: name, count: owners });
  const [database, sender, ledger] = [lookInto(installation), new RepeatingVendor([installation.apiUrl]), new InboundLedger()];
  try {
    const webhooks = InboundLedger.prepare([signer], perSecond * seconds, { prefix: `${name}-`, forgedPercent, telling: (n) => ({ object: `${name}-${n % owners}` }) });
    let share = 0;
    const sending = steadily(webhooks, perSecond, async (webhook) => void (await (again ? ledger.sendUntilAccepted(sender, webhook) : ledger.send(sender, webhook))), (sent) => (share = sent / webhooks.length));
    const reached = (wanted: number): Promise<unknown> => until(`${wanted * 100} % to be sent`, async () => share, (is) => is >= wanted, seconds * 2_000 + 60_000);
    await Promise.all([sending, fault({ findings, database, sender, ledger, reached })]);

    const began = Date.now();
    const waiting = await patiently(() => waitingNews(database, integrationId).catch(() => Number.NaN), (count) => count === 0, wish.drainLimitMs);
    findings.figure(`drained ${((Date.now() - began) / 1_000).toFixed(1)} s after the last`);
    findings.check(waiting === 0, `${waiting} still wait for their runs`);
    const stored = await storedNews(database, [integrationId]);
    const took = spread(ledger.tookMs);
    findings.figure(`valid: ${statusesIn(ledger.valid)}; forged: ${statusesIn(ledger.forged)}; ${sender.answers.length - webhooks.length} sent again`);
    findings.figure(`p50 ${took.p50} ms, p99 ${took.p99} ms`);
    checkStored(findings, ledger, stored);
    if (again) findings.check(ledger.accepted.size === ledger.sentValid.size, `${ledger.sentValid.size - ledger.accepted.size} valid webhooks were never acknowledged`);
    await checkRunsTold(findings, { integrationId, owners: runs, stored, mostTimes: wish.mostTimes ?? 1, inOrder: !again });
    return findings;
  } finally {
    await Promise.allSettled([runs.stop(), database.end(), sender.close()]);
  }
}
