import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { FaultProxy, type Fault } from "../support/fault-proxy.ts";
import { environmentOf, lookInto, signersFor, wideLimits } from "../support/inbound-ground.ts";
import { InboundLedger, statusesIn, storedNews, waitingNews } from "../support/inbound-ledger.ts";
import { startPart, type PartProcess } from "../support/part-process.ts";
import { patiently } from "../support/patience.ts";
import { RepeatingVendor, steadily } from "../support/repeating-vendor.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";
import type { WebhookSigner } from "../support/signed-webhooks.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";

const sizes = { full: { owners: 100, perSecond: 50, seconds: 60 }, short: { owners: 10, perSecond: 10, seconds: 2 } };
const maxRecoveryMs = 10_000;
const maxDrainMs = 60_000;
const faults: [string, Fault][] = [
  ["latency 1 s", { kind: "latency", ms: 1_000 }], ["resets", { kind: "reset" }], ["silence", { kind: "silence" }], ["10 KB/s", { kind: "narrow", bytesPerSecond: 10_000 }],
];

/**
 * API and worker of their own reach Postgres and Temporal over connections that are slow, break off, fall silent or narrow:
 * nothing is answered 2xx that is not stored, nothing hangs for good, and soon after the fault all is as before.
 */
export const badNetwork: Scenario = {
  id: "F7",
  title: "bad network to Postgres and to Temporal, four ways each, 60 s each, 50 webhooks/s",
  async run(ground) {
    const { installation, host } = ground;
    const size = sizes[ground.size];
    const findings = new Findings();
    const [signer] = await signersFor(host, "f7", ["sumsub"]);
    if (signer === undefined) throw new Error("there is no integration");
    const owners = await WaitingOwners.start(installation, { tenant: "f7", integrationId: signer.integration.id, prefix: "f7", count: size.owners });
    const database = lookInto(installation);
    const postgres = await FaultProxy.start(addressOf(installation.databaseUrl));
    const temporal = await FaultProxy.start(addressOf(`tcp://${installation.temporalAddress}`));
    // Theirs is the work now.
    const idle = await Promise.all([installation.pidOf("worker"), installation.pidOf("api")]);
    for (const pid of idle) process.kill(pid, "SIGSTOP");
    const parts: PartProcess[] = [];
    try {
      const databaseUrl = new URL(installation.databaseUrl);
      databaseUrl.port = String(postgres.port);
      const env = { ...environmentOf(installation), ...wideLimits, DATABASE_URL: databaseUrl.href, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` };
      const api = await startPart("api", env);
      parts.push(api, await startPart("worker", env));
      for (const [name, proxy] of [["Postgres", postgres], ["Temporal", temporal]] as const) {
        for (const [kind, fault] of faults) await weather(findings, { ground, api: api.url, signer, owners, database, proxy, fault, name: `${name}, ${kind}` });
      }
      return findings;
    } finally {
      for (const part of parts) await part.kill();
      await Promise.all([postgres.stop(), temporal.stop()]);
      for (const pid of idle) process.kill(pid, "SIGCONT");
      await Promise.allSettled([owners.stop(), database.end()]);
    }
  },
};

interface Weather {
  ground: Ground;
  api: string;
  signer: WebhookSigner;
  owners: WaitingOwners;
  database: pg.Pool;
  proxy: FaultProxy;
  fault: Fault;
  name: string;
}

async function weather(findings: Findings, { ground, api, signer, owners, database, proxy, fault, name }: Weather): Promise<void> {
  const { perSecond, seconds } = sizes[ground.size];
  const [during, after] = [new RepeatingVendor([api], 100), new RepeatingVendor([api], 4)];
  const ledger = new InboundLedger();
  const about = (n: number) => ({ object: owners.applicants[n % owners.applicants.length] as string });
  const webhooks = InboundLedger.prepare([signer], perSecond * seconds, { prefix: `f7-${name}-`, forgedPercent: 10, telling: about });
  const probes = InboundLedger.prepare([signer], 200, { prefix: `f7-${name}-after-`, telling: about });
  try {
    proxy.set(fault);
    const sending = steadily(webhooks, perSecond, async (webhook) => void (await ledger.send(during, webhook)));
    await sleep(seconds * 1_000);
    proxy.set({ kind: "none" });
    const passedAt = Date.now();
    // Answered soon, and again: one lucky connection is no recovery.
    let well = 0;
    for (const probe of probes) {
      const { status, sentAt, answeredAt } = await ledger.send(after, probe);
      well = status === 200 && answeredAt - sentAt < 1_000 ? well + 1 : 0;
      if (well === 5 || Date.now() - passedAt > maxRecoveryMs * 3) break;
    }
    const recoveredMs = Date.now() - passedAt;
    await sending;
    const waiting = await patiently(() => waitingNews(database, signer.integration.id), (count) => count === 0, maxDrainMs);
    findings.figure(`${name}: ${statusesIn(ledger.valid)}, well after ${(recoveredMs / 1_000).toFixed(1)} s`);
    findings.check(well === 5 && recoveredMs <= maxRecoveryMs, `${name}: not well ${recoveredMs} ms after`);
    const odd = [...ledger.valid.keys()].filter((status) => ![0, 200, 503].includes(status));
    findings.check(odd.length === 0, `${name}: answered by ${odd.join(", ")}`);
    findings.check(waiting === 0, `${name}: ${waiting} still wait for their runs`);
    const stored = new Set((await storedNews(database, [signer.integration.id])).map(({ news }) => news));
    const lost = [...ledger.accepted].filter((news) => !stored.has(news));
    findings.check(lost.length === 0, `${name}: ${lost.length} were acknowledged and are not stored`);
    const letIn = webhooks.filter(({ valid, news }) => !valid && news.some((one) => stored.has(one)));
    findings.check(letIn.length === 0, `${name}: ${letIn.length} forged are stored`);
  } finally {
    await Promise.all([during.close(), after.close()]);
  }
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
