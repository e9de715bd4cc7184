import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPart, type PartProcess } from "../support/part-process.ts";
import { FaultProxy, type Fault } from "../support/fault-proxy.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";
import { WebhookSender } from "../support/webhook-sender.ts";

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
    await host.tenant("f7");
    const integrationId = (await host.call("POST", "/v1/tenants/f7/integrations", { provider: "sumsub", mode: "sandbox" })).id as string;
    const owners = await WaitingOwners.start(installation, { tenant: "f7", integrationId, prefix: "f7", count: size.owners });
    const postgres = await FaultProxy.start(addressOf(installation.databaseUrl));
    const temporal = await FaultProxy.start(addressOf(`tcp://${installation.temporalAddress}`));
    // Theirs is the work now.
    const idle = await Promise.all([installation.pidOf("worker"), installation.pidOf("api")]);
    for (const pid of idle) process.kill(pid, "SIGSTOP");
    const parts: PartProcess[] = [];
    try {
      const databaseUrl = new URL(installation.databaseUrl);
      databaseUrl.port = String(postgres.port);
      const env = {
        DATABASE_URL: databaseUrl.href, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`, SANDBOX_URL: installation.sandboxUrl, DATA_DIR: installation.dataDir,
        ENCRYPTION_KEYS: readFileSync(join(installation.dataDir, "encryption-keys"), "utf8").trim(), ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.0/8",
      };
      const api = await startPart("api", env);
      parts.push(api, await startPart("worker", env));
      for (const [name, proxy] of [["Postgres", postgres], ["Temporal", temporal]] as const) {
        for (const [kind, fault] of faults) await weather(findings, { ground, api: api.url, integrationId, owners, proxy, fault, name: `${name}, ${kind}` });
      }
      return findings;
    } finally {
      for (const part of parts) await part.kill();
      await Promise.all([postgres.stop(), temporal.stop()]);
      for (const pid of idle) process.kill(pid, "SIGCONT");
      await owners.stop();
    }
  },
};

interface Weather {
  ground: Ground;
  api: string;
  integrationId: string;
  owners: WaitingOwners;
  proxy: FaultProxy;
  fault: Fault;
  name: string;
}

async function weather(findings: Findings, { ground, api, integrationId, owners, proxy, fault, name }: Weather): Promise<void> {
  const { perSecond, seconds } = sizes[ground.size];
  const during = new WebhookSender(api, integrationId);
  const after = new WebhookSender(api, integrationId, 4);
  try {
    proxy.set(fault);
    const sending = during.steadily({ perSecond, seconds, forgedEvery: 10 }, (n) => owners.applicants[n % owners.applicants.length] as string);
    await sleep(seconds * 1_000);
    proxy.set({ kind: "none" });
    const passedAt = Date.now();
    // Answered soon, and again: one lucky connection is no recovery.
    for (let well = 0; well < 5 && Date.now() - passedAt < maxRecoveryMs * 3; ) {
      const began = Date.now();
      well = (await after.send(owners.applicants[0] as string)) && Date.now() - began < 1_000 ? well + 1 : 0;
    }
    const recoveredMs = Date.now() - passedAt;
    await sending;
    await patiently(() => owners.counts(integrationId), ({ waiting }) => waiting === 0, maxDrainMs);
    findings.figure(`${name}: ${during.accepted.size}/${during.sent.length} taken, well after ${(recoveredMs / 1_000).toFixed(1)} s`);
    findings.check(recoveredMs <= maxRecoveryMs, `${name}: well only after ${recoveredMs} ms`);
    const bad = [...during.answers].filter(([answer]) => !["200", "503", "no answer", "forged 401", "forged 503", "forged no answer"].includes(answer));
    findings.check(bad.length === 0, `${name}: answers other than they should be: ${JSON.stringify(bad)}`);
    const { ids, waiting } = await owners.counts(integrationId);
    const lost = [...during.accepted.keys(), ...after.accepted.keys()].filter((id) => !ids.has(id));
    findings.check(lost.length === 0, `${name}: ${lost.length} were answered 2xx and are not stored`);
    findings.check(waiting === 0, `${name}: ${waiting} still wait for the relay`);
    findings.check(![...during.forged].some((id) => ids.has(id)), `${name}: something forged is stored`);
  } finally {
    await Promise.all([during.close(), after.close()]);
  }
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
