import { setTimeout as sleep } from "node:timers/promises";
import { killPart } from "../support/kill.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";
import { checkTold } from "../support/told-oracle.ts";
import { until } from "../support/wait.ts";
import { WaitingOwners } from "../support/waiting-owners.ts";
import { WebhookSender } from "../support/webhook-sender.ts";

const maxDrainMs = 120_000;

interface Plan {
  owners: number;
  perSecond: number;
  awaySeconds: number;
  launches: number;
  forgedEvery: number;
}

/** Temporal stands still: a stopped process answers nothing and refuses nothing, which is the harder way to be away. */
export const temporalStopped: Scenario = {
  id: "OUTAGE",
  title: "Temporal stopped for 2 minutes, 200 webhooks/s for 500 open runs",
  run: (ground) => run(ground, "outage", { full: { owners: 500, perSecond: 200, awaySeconds: 120, launches: 20, forgedEvery: 0 }, short: { owners: 20, perSecond: 50, awaySeconds: 4, launches: 1, forgedEvery: 0 } }[ground.size], async () => {
    const pid = await ground.installation.pidOf("temporal");
    process.kill(pid, "SIGSTOP");
    return () => Promise.resolve(void process.kill(pid, "SIGCONT"));
  }),
};

/** kill -9, and whatever the supervisor puts in its place does not come up either until the time is over. */
export const temporalKilled: Scenario = {
  id: "F4",
  title: "kill -9 of Temporal with 1,000 runs open, down for 60 s, 200 webhooks/s",
  run: (ground) => run(ground, "f4", { full: { owners: 1_000, perSecond: 200, awaySeconds: 60, launches: 20, forgedEvery: 10 }, short: { owners: 20, perSecond: 50, awaySeconds: 3, launches: 1, forgedEvery: 10 } }[ground.size], async () => {
    await (await killPart(ground.installation, "temporal")).back;
    const pid = await ground.installation.pidOf("temporal");
    process.kill(pid, "SIGSTOP");
    return () => Promise.resolve(void process.kill(pid, "SIGCONT"));
  }),
};

async function run(ground: Ground, tenant: string, plan: Plan, takeAway: () => Promise<() => Promise<void>>): Promise<Findings> {
  const { host, installation } = ground;
  const findings = new Findings();
  await host.tenant(tenant);
  const integrationId = (await host.call("POST", `/v1/tenants/${tenant}/integrations`, { provider: "sumsub", mode: "sandbox" })).id as string;
  const owners = await WaitingOwners.start(installation, { tenant, integrationId, prefix: tenant, count: plan.owners });
  const sender = new WebhookSender(installation.apiUrl, integrationId);
  try {
    const giveBack = await takeAway();
    const sending = sender.steadily({ perSecond: plan.perSecond, seconds: plan.awaySeconds, forgedEvery: plan.forgedEvery }, (n) => owners.applicants[n % owners.applicants.length] as string);
    const launched = await launch(ground, tenant, plan.launches);
    await sending;
    await giveBack();
    const backAt = Date.now();
    await until("Temporal to answer", () => fetch(`${installation.apiUrl}/health/ready`).then(({ status }) => status, () => 0), (status) => status === 200, 60_000);
    const readyMs = Date.now() - backAt;
    await patiently(() => owners.counts(integrationId), ({ waiting }) => waiting === 0, maxDrainMs * 2);
    const drainedMs = Date.now() - backAt;

    const bad = [...sender.answers].filter(([answer]) => answer !== "200" && answer !== "forged 401");
    findings.figure(`${sender.accepted.size}/${sender.sent.length} answered 2xx, ${sender.forged.length} forged refused`);
    findings.check(bad.length === 0, `answers other than they should be: ${JSON.stringify(bad)}`);
    findings.figure(`ready after ${(readyMs / 1_000).toFixed(1)} s, drained after ${(drainedMs / 1_000).toFixed(1)} s`);
    findings.check(drainedMs <= maxDrainMs, `drained only after ${drainedMs} ms`);
    await checkTold(findings, { sender, owners, integrationId });
    await checkLaunched(findings, ground, tenant, launched);
    return findings;
  } finally {
    await sender.close();
    await owners.stop();
  }
}

/** What HR starts while Temporal is away is taken, and started when it is back. */
async function launch({ host }: Ground, tenant: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const body = { checks: ["identity"], provider: "sumsub", candidate: { firstName: "Jane", lastName: "Doe", email: `jane.${tenant}.${n}+approve@example.test`, country: "FR" } };
    ids.push((await host.call("POST", `/v1/tenants/${tenant}/verifications`, body)).id);
    await sleep(50);
  }
  return ids;
}

async function checkLaunched(findings: Findings, { host, installation }: Ground, tenant: string, ids: string[]): Promise<void> {
  const statuses = (): Promise<string[]> => Promise.all(ids.map(async (id) => (await host.call("GET", `/v1/tenants/${tenant}/verifications/${id}`)).status as string));
  const ended = await patiently(statuses, (all) => all.every((status) => status === "completed"), 120_000);
  const completed = ended.filter((status) => status === "completed").length;
  const applicants = (await (await fetch(`${installation.sandboxUrl}/_control/sumsub/objects/applicants`)).json()) as { externalUserId?: string }[];
  const made = applicants.filter(({ externalUserId }) => externalUserId !== undefined && ids.includes(externalUserId)).length;
  findings.figure(`${completed}/${ids.length} verifications launched meanwhile completed, ${made} applicants`);
  findings.check(completed === ids.length, `${ids.length - completed} verifications launched meanwhile are ${[...new Set(ended)].join(", ")}`);
  findings.check(made === ids.length, `${made} applicants were made for ${ids.length} verifications`);
}
