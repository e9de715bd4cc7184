import { expect } from "vitest";
import { newId } from "../../src/lib/ids.ts";
import { scopes } from "../../src/security/api-keys.ts";
import { seedFailed } from "./deliveries.ts";
import type { TestPlatform } from "./platform.ts";

/** A tenant that has one of everything. All that it says of itself holds its id, which stands nowhere else. */
export interface TenantWithAll {
  id: string;
  keys: { full: string; readOnly: string; revoked: string };
  /** By the part of the path before the id: integrations, events, … */
  ids: Record<string, string>;
  /** What no other tenant may see: its id, its things' ids, its keys. */
  marks: string[];
}

export async function makeTenantWithAll(platform: TestPlatform, id: string): Promise<TenantWithAll> {
  const made = async (path: string, body: unknown): Promise<{ id: string; secret: string }> => {
    const answer = await platform.request("POST", path, { body });
    expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  };
  const base = `/v1/tenants/${id}`;
  await made("/v1/tenants", { id, name: `Name of ${id}` });
  const full = await made(`${base}/api-keys`, { name: `full ${id}`, scopes: ["*"] });
  const readOnly = await made(`${base}/api-keys`, { name: `read ${id}`, scopes: scopes.filter((scope) => scope.endsWith(":read")) });
  const revoked = await made(`${base}/api-keys`, { name: `revoked ${id}`, scopes: ["*"] });
  await platform.request("DELETE", `${base}/api-keys/${revoked.id}`);
  const integration = await made(`${base}/integrations`, { provider: "sumsub", mode: "sandbox" });
  const endpoint = await made(`${base}/webhook-endpoints`, { url: `${platform.sandboxUrl}/echo/${id}`, description: `of ${id}`, headers: { "x-of": id } });
  await made(`${base}/webhook-endpoints/${endpoint.id}/secret/rotate`, {});
  const former = (await platform.request("GET", `${base}/webhook-endpoints/${endpoint.id}`)).body.rotation[0].id as string;
  await made(`${base}/event-types`, { name: `${id}.seen`, description: `of ${id}` });
  const event = await made(`${base}/events`, { id: `event-${id}`, type: `${id}.seen`, payload: { of: id } });
  const [delivery = ""] = await seedFailed(platform, id, endpoint.id, 1, { type: `${id}.failed` });
  const verification = await made(`${base}/verifications`, { candidate: { firstName: `First ${id}`, lastName: `Last ${id}`, email: `${id}@example.test` } });
  const [inbound, job] = [newId("inb"), newId("rec")];
  await platform.owner.query("INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, reason, body_id) VALUES ($1, $2, $3, 'sumsub', $1, 'parked', $4, $1)", [inbound, id, integration.id, `of ${id}`]);
  const body = await platform.platform.vault.seal({ tenantId: id, table: "inbound_event", column: "body", id: inbound }, Buffer.from(`{"of":"of ${id}"}`));
  await platform.owner.query("INSERT INTO inbound_body (tenant_id, id, body) VALUES ($1, $2, $3)", [id, inbound, body]);
  await platform.owner.query("INSERT INTO recovery_job (id, tenant_id, endpoint_id, kind, filter) VALUES ($1, $2, $3, 'resend', '{\"status\":[\"failed\"]}')", [job, id, endpoint.id]);
  const ids: Record<string, string> = {
    "api-keys": full.id, integrations: integration.id, "webhook-endpoints": endpoint.id, "event-types": `${id}.seen`, events: event.id, deliveries: delivery,
    verifications: verification.id, "inbound-events": inbound, "recovery-jobs": job, runs: `verification/${verification.id}`, secrets: former,
  };
  const keys = { full: full.secret, readOnly: readOnly.secret, revoked: revoked.secret };
  return { id, keys, ids, marks: [id, `of ${id}`, `Name of ${id}`, `First ${id}`, `full ${id}`, ...Object.values(ids), ...Object.values(keys), readOnly.id, revoked.id] };
}
