import type { TestPlatform } from "./platform.ts";
import type { TenantWithAll } from "./tenant-with-all.ts";

export interface Interleaved {
  requests: number;
  /** Answers that held the asking tenant's own rows. */
  own: number;
  /** Answers in which another tenant's mark stood, or that were not as they should be. */
  wrong: string[];
}

const reads = ["integrations", "webhook-endpoints", "event-types", "events", "deliveries", "verifications", "api-keys", "audit-log", "inbound-events", "recovery-jobs", "runs"];

/** Two tenants ask at the same time over the same connections: each must see its own rows, whatever the connection did before. */
export async function interleave(platform: TestPlatform, tenants: readonly [TenantWithAll, TenantWithAll], size: { requests: number; concurrency: number }): Promise<Interleaved> {
  const result: Interleaved = { requests: 0, own: 0, wrong: [] };
  const one = async (number: number): Promise<void> => {
    const [me, other] = number % 2 === 0 ? tenants : [tenants[1], tenants[0]];
    const { path, body } = requestOf(me, Math.floor(number / 2));
    const answer = await fetch(`${platform.apiUrl}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${me.keys.full}`, ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": `n${number % 40}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    result.requests += 1;
    if (answer.status >= 300 && answer.status !== 409) result.wrong.push(`${path}: ${answer.status} ${text.slice(0, 300)}`);
    const foreign = other.marks.find((mark) => text.includes(mark));
    if (foreign !== undefined) result.wrong.push(`${path}: shows ${foreign}`);
    if (me.marks.some((mark) => text.includes(mark))) result.own += 1;
  };
  let next = 0;
  await Promise.all(Array.from({ length: size.concurrency }, async () => {
    while (next < size.requests) await one(next++);
  }));
  return result;
}

/** Mostly lists and single things; now and then an event is published, under an Idempotency-Key that both tenants use. */
function requestOf(tenant: TenantWithAll, turn: number): { path: string; body?: unknown } {
  const base = `/v1/tenants/${tenant.id}`;
  if (turn % 10 === 9) return { path: `${base}/events`, body: { id: `event-${tenant.id}`, type: `${tenant.id}.seen`, payload: { of: tenant.id } } };
  const noun = reads[turn % reads.length] as string;
  const id = tenant.ids[noun];
  return { path: turn % 3 === 0 && id !== undefined ? `${base}/${noun}/${encodeURIComponent(id)}` : `${base}/${noun}` };
}
