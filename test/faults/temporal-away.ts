import { setTimeout as sleep } from "node:timers/promises";
import { killPart } from "../support/kill.ts";
import { patiently } from "../support/patience.ts";
import { wideLimits } from "../support/inbound-ground.ts";
import type { Findings, Ground, Scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";
import { duringStream } from "./inbound-stream.ts";

const maxDrainMs = 120_000;

interface Plan {
  name: string;
  owners: number;
  perSecond: number;
  awaySeconds: number;
  launches: number;
}

/** Temporal stands still: a stopped process answers nothing and refuses nothing, which is the harder way to be away. */
export const temporalStopped: Scenario = {
  id: "OUTAGE",
  title: "Temporal stopped for 2 minutes, 200 webhooks/s for 500 open runs",
  env: () => wideLimits,
  run: (ground) => run(ground, { full: { name: "outage", owners: 500, perSecond: 200, awaySeconds: 120, launches: 20 }, short: { name: "outage", owners: 20, perSecond: 50, awaySeconds: 4, launches: 1 } }[ground.size], async () => hold(await ground.installation.pidOf("temporal"))),
};

/** kill -9, and whatever the supervisor puts in its place does not come up either until the time is over. */
export const temporalKilled: Scenario = {
  id: "F4",
  title: "kill -9 of Temporal with 1,000 runs open, down for 60 s, 200 webhooks/s",
  env: () => wideLimits,
  run: (ground) => run(ground, { full: { name: "f4", owners: 1_000, perSecond: 200, awaySeconds: 60, launches: 20 }, short: { name: "f4", owners: 20, perSecond: 50, awaySeconds: 3, launches: 1 } }[ground.size], async () => {
    await (await killPart(ground.installation, "temporal")).back;
    return hold(await ground.installation.pidOf("temporal"));
  }),
};

/** Stops a process; the answer lets it go on. */
function hold(pid: number): () => Promise<void> {
  process.kill(pid, "SIGSTOP");
  return async () => void process.kill(pid, "SIGCONT");
}

async function run(ground: Ground, plan: Plan, takeAway: () => Promise<() => Promise<void>>): Promise<Findings> {
  const { name, perSecond, awaySeconds, owners } = plan;
  const { installation } = ground;
  // What the relay had begun to tell when Temporal went away it may tell again.
  return await duringStream(ground, { name, perSecond, seconds: awaySeconds, owners, again: false, drainLimitMs: maxDrainMs, mostTimes: 2 }, async ({ findings, ledger, reached }) => {
    const giveBack = await takeAway();
    const launched = await launch(ground, name, plan.launches);
    await reached(1);
    await giveBack();
    const backAt = Date.now();
    await until("Temporal to answer", () => fetch(`${installation.apiUrl}/health/ready`).then(({ status }) => status, () => 0), (status) => status === 200, 60_000);
    findings.figure(`Temporal answers ${((Date.now() - backAt) / 1_000).toFixed(1)} s after it may`);
    const other = [...ledger.valid].filter(([status]) => status !== 200);
    findings.check(other.length === 0, `valid webhooks were answered otherwise than by 200: ${JSON.stringify(other)}`);
    await checkLaunched(findings, ground, name, launched);
  });
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
