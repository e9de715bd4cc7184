import { patiently } from "../support/patience.ts";
import { Findings, type Ground, type Scenario } from "../support/scenario.ts";

// The platform's own schedule has nine waits from 5 s to 24 h; the shortest here is long enough that 10 % of jitter and
// the dispatcher's poll fit into 20 %.
const sizes = { full: { waits: [6, 6, 7, 8, 9, 10, 11, 12, 13].map((seconds) => seconds * 1_000) }, short: { waits: [300, 300, 300, 400, 400, 400, 500, 500, 500] } };
const tolerance = 0.2;
const path = "/f9/broken";
const noticePath = "/f9/operator";

/** A receiver answers 500 until the schedule is used up: the attempts, the end, the news of it, and the way back. */
export const scheduleUsedUp: Scenario = {
  id: "F9",
  title: "a receiver answers 500 through the whole schedule",
  env: (size) => ({ WEBHOOK_RETRY_SCHEDULE: sizes[size].waits.map((ms) => `${ms}ms`).join(",") }),
  async run(ground) {
    const { host, size } = ground;
    const { waits } = sizes[size];
    const findings = new Findings();
    const receiver = await ground.newReceiver();
    const tenant = await host.tenant("f9");
    const endpoint = await host.endpoint(tenant, receiver, path, { rule: { status: 500 }, fields: { eventTypes: ["load.sent"] } });
    await host.endpoint(tenant, receiver, noticePath, { rule: { keepBodies: true }, fields: { eventTypes: ["delivery.exhausted"] } });
    await host.publish(tenant, { id: "f9-1", type: "load.sent", payload: {} });

    const totalMs = waits.reduce((sum, ms) => sum + ms, 0);
    const failed = await delivery(ground, tenant, endpoint, (status) => status !== "pending" && status !== "retrying", totalMs * 2 + 30_000);
    findings.figure(`${failed.attemptCount} attempts, then ${failed.status}`);
    findings.check(failed.status === "failed", `the delivery is ${failed.status}`);
    findings.check(failed.nextAttemptAt === null, "another attempt is planned");
    findings.check(failed.attemptCount === waits.length + 1, `${failed.attemptCount} attempts instead of ${waits.length + 1}`);
    const { times } = await receiver.report(path);
    findings.check(times.length === waits.length + 1, `the receiver saw ${times.length} attempts`);
    checkDelays(findings, times, waits, size === "full");

    await patiently(() => receiver.unique([noticePath]), (count) => count > 0, 20_000);
    await receiver.rule(path, { status: 204 });
    await host.call("POST", `/v1/tenants/${tenant}/deliveries/${failed.id}/retry`, {});
    const mended = await delivery(ground, tenant, endpoint, (status) => status === "delivered", 30_000);
    findings.check(mended.status === "delivered", `sent again by hand it is ${mended.status}`);
    findings.figure(`by hand: ${mended.status}`);

    const notices = (await receiver.report(noticePath)).bodies as { data: Record<string, unknown> }[];
    findings.figure(`delivery.exhausted came ${notices.length} times`);
    findings.check(notices.length === 1, `delivery.exhausted came ${notices.length} times`);
    const { deliveryId, eventId, endpointId, attempts } = notices[0]?.data ?? {};
    const told = JSON.stringify({ deliveryId, eventId, endpointId, attempts });
    const wanted = JSON.stringify({ deliveryId: failed.id, eventId: "f9-1", endpointId: endpoint, attempts: waits.length + 1 });
    findings.check(told === wanted, `delivery.exhausted says ${told} instead of ${wanted}`);
    return findings;
  },
};

interface Delivery {
  id: string;
  status: string;
  attemptCount: number;
  nextAttemptAt: string | null;
}

async function delivery({ host }: Ground, tenant: string, endpoint: string, good: (status: string) => boolean, limitMs: number): Promise<Delivery> {
  const look = async (): Promise<Delivery> => (await host.call("GET", `/v1/tenants/${tenant}/deliveries?endpointId=${endpoint}`)).data[0];
  return await patiently(look, ({ status }) => good(status), limitMs);
}

/** None too early; at full size, none too late either. */
function checkDelays(findings: Findings, times: number[], waits: number[], both: boolean): void {
  const shares = waits.flatMap((wait, index) => {
    const [from, to] = [times[index], times[index + 1]];
    return from === undefined || to === undefined ? [] : [(to - from) / wait];
  });
  if (shares.length === 0) return;
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  findings.figure(`delays ${Math.round(least * 100)} to ${Math.round(most * 100)} % of the planned`);
  findings.check(least >= 1 - tolerance, "an attempt came too early");
  if (both) findings.check(most <= 1 + tolerance, "an attempt came too late");
}
