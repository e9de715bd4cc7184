import { until } from "../../test/support/wait.ts";
import { payload } from "./payload.ts";
import type { Stand } from "./stand.ts";

export const eventBody = JSON.stringify({ type: "bench.event", payload });

let made = 0;

async function call(stand: Stand, method: string, path: string, body?: unknown): Promise<unknown> {
  const { apiUrl, adminKey } = stand.installation;
  const headers = { authorization: `Bearer ${adminKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await fetch(`${apiUrl}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Tenants that no scenario had before, each with so many endpoints at the sink: /<tenant>/<n>. */
export async function makeTenants(stand: Stand, count: number, endpoints: number): Promise<string[]> {
  made += 1;
  const tenants = Array.from({ length: count }, (_, n) => `bench-${made}-${n}`);
  for (const tenant of tenants) {
    await call(stand, "POST", "/v1/tenants", { id: tenant, name: tenant });
    for (let n = 0; n < endpoints; n += 1) await addEndpoint(stand, tenant, n);
  }
  return tenants;
}

export async function addEndpoint(stand: Stand, tenant: string, n: number): Promise<string> {
  const { id } = (await call(stand, "POST", `/v1/tenants/${tenant}/webhook-endpoints`, { url: `http://127.0.0.1:${stand.sinkPort}/${tenant}/${n}` })) as { id: string };
  return id;
}

export async function removeEndpoints(stand: Stand, tenant: string): Promise<void> {
  const { data } = (await call(stand, "GET", `/v1/tenants/${tenant}/webhook-endpoints`)) as { data: { id: string }[] };
  for (const { id } of data) await call(stand, "DELETE", `/v1/tenants/${tenant}/webhook-endpoints/${id}`);
}

/** Until the database too says that everything was delivered: the results are written a little after the last arrival. */
export async function settled(stand: Stand, tenants: string[], limitMs = 30_000): Promise<number> {
  const ask = async (): Promise<number> => {
    const { rows } = await stand.db.query<{ open: number }>("SELECT count(*)::int AS open FROM webhook_delivery WHERE tenant_id = ANY($1::text[]) AND status <> 'delivered'", [tenants]);
    return rows[0]?.open ?? 0;
  };
  // What is still open after that is counted by the caller, and told.
  return await until("every delivery to be written as delivered", ask, (open) => open === 0, limitMs).catch(ask);
}
