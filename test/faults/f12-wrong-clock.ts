import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { hasWebhook, type ProviderDefinition } from "../../src/providers/contract.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";

const hourMs = 3_600_000;
const file = join(tmpdir(), `waystation-clock-${process.pid}`);
const preload = resolve(import.meta.dirname, "../support/shifted-clock.mjs");
const waits = [3, 3, 3, 3].map((seconds) => seconds * 1_000);
const sizes = { full: { endpoints: 30 }, short: { endpoints: 5 } };
/** Jitter takes up to ten percent off a wait. */
const soonest = 0.88;

/**
 * The host's clock is wrong, Postgres's is right. Webhooks are judged by the host's clock to the second; retries keep to
 * their waits, also when the clock jumps back an hour among them.
 */
export const wrongClock: Scenario = {
  id: "F12",
  title: "the host's clock off by 299 and 301 s, and back by an hour among retries",
  env: () => {
    writeFileSync(file, "0");
    return { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_FILE: file, WEBHOOK_RETRY_SCHEDULE: waits.map((ms) => `${ms}ms`).join(",") };
  },
  async run(ground) {
    const findings = new Findings();
    await ground.host.tenant("f12");
    await judgeTolerance(findings, ground);
    await judgeRetries(findings, ground);
    return findings;
  },
};

/** Stripe's rule is the field's: five minutes either way. Every provider whose scheme has that rule is tried. */
async function judgeTolerance(findings: Findings, ground: Ground): Promise<void> {
  const providers = listProviders().filter(({ webhook }) => hasWebhook(webhook) && webhook.toleranceSeconds === 300);
  const integrations = new Map<ProviderDefinition, string>();
  for (const provider of providers) integrations.set(provider, (await ground.host.call("POST", "/v1/tenants/f12/integrations", { provider: provider.manifest.slug, mode: "sandbox" })).id);
  let [taken, refused] = [0, 0];
  for (const offSeconds of [0, 299, -299, 301, -301]) {
    await shift(ground, offSeconds * 1_000);
    for (const [provider, integrationId] of integrations) {
      const status = await post(ground, provider, integrationId);
      const wanted = Math.abs(offSeconds) <= 300 ? [200, 202, 204] : [401];
      findings.check(wanted.includes(status), `${provider.manifest.slug}, clock off by ${offSeconds} s: answered ${status}`);
      if (status === 401) refused += 1;
      else taken += 1;
    }
  }
  await shift(ground, 0);
  findings.figure(`${providers.length} providers: ${taken} taken within 299 s, ${refused} refused at 301 s`);
}

async function post({ installation }: Ground, provider: ProviderDefinition, integrationId: string): Promise<number> {
  const slug = provider.manifest.slug;
  // Signed by a clock that is right.
  const example = provider.sandbox.exampleWebhook?.({
    credentials: sandboxCredentialsFor(provider, integrationId), settings: provider.manifest.settings.parse({}), now: new Date(),
    derive: (label) => deriveSandboxSecret("waystation-sandbox", { provider: slug, account: integrationId, label }),
  });
  if (example === undefined) throw new Error(`${slug} has no example`);
  const answer = await fetch(`${installation.apiUrl}/webhooks/${slug}/${integrationId}`, { method: "POST", headers: example.headers as Record<string, string>, body: new Uint8Array(example.body) });
  await answer.arrayBuffer();
  return answer.status;
}

async function judgeRetries(findings: Findings, ground: Ground): Promise<void> {
  const { host } = ground;
  const { endpoints } = sizes[ground.size];
  const receiver = await ground.newReceiver();
  const paths = Array.from({ length: endpoints }, (_, n) => `/f12/${n}`);
  for (const path of paths) await host.endpoint("f12", receiver, path, { rule: { status: 500 }, fields: { eventTypes: ["load.sent"] } });
  await host.publish("f12", { id: "f12-1", type: "load.sent", payload: {} });
  const requests = async (): Promise<number> => (await receiver.counts(paths)).reduce((sum, { requests: count }) => sum + count, 0);
  await patiently(requests, (count) => count >= endpoints * 2, 30_000);
  await shift(ground, -hourMs);
  await sleep(2_000);
  await shift(ground, 0);
  const wanted = endpoints * (waits.length + 1);
  await patiently(requests, (count) => count >= wanted, 60_000);
  // A storm would go on.
  await sleep(3_000);
  const times = await Promise.all(paths.map(async (path) => (await receiver.report(path)).times));
  const gaps = times.flatMap((list) => list.slice(1).map((at, index) => (at - (list[index] as number)) / (waits[index] ?? waits[0] as number)));
  const count = times.flat().length;
  findings.figure(`${count}/${wanted} attempts, waits from ${Math.round(Math.min(...gaps) * 100)} to ${Math.round(Math.max(...gaps) * 100)} % of the planned`);
  findings.check(count === wanted, `${count} attempts instead of ${wanted}`);
  findings.check(gaps.every((gap) => gap >= soonest), "an attempt came before its time");
}

/** Waits until the API's clock, which the audit log's export tells, shows it. */
async function shift({ installation }: Ground, ms: number): Promise<void> {
  writeFileSync(file, String(ms));
  const clock = async (): Promise<number> => {
    const text = await (await fetch(`${installation.apiUrl}/v1/tenants/f12/audit-log/export`, { headers: { authorization: `Bearer ${installation.adminKey}` } })).text();
    return Date.parse((JSON.parse(text.trim().split("\n").at(-1) ?? "{}") as { exportedAt: string }).exportedAt) - Date.now();
  };
  const seen = await patiently(clock, (off) => Math.abs(off - ms) < 500, 10_000);
  if (Math.abs(seen - ms) >= 500) throw new Error(`the API's clock is off by ${seen} ms instead of ${ms}`);
}
