import { expect } from "vitest";
import type { TestPlatform } from "./platform.ts";
import { until } from "./wait.ts";

export interface Echoed {
  headers: Record<string, string>;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  verified: boolean | null;
}

/** Launches a verification for tenant acme; the address says what the sandbox makes of it. */
export async function launch(platform: TestPlatform, email: string, more: Record<string, unknown> = {}): Promise<{ id: string; workflowId: string }> {
  const answer = await platform.request("POST", "/v1/tenants/acme/verifications", { body: { candidate: { firstName: "Jane", lastName: "Doe", email }, ...more } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

/** The verification once it has ended. */
// oxlint-disable-next-line typescript/no-explicit-any
export async function settle(platform: TestPlatform, id: string): Promise<any> {
  const ended = ["completed", "expired", "cancelled", "failed"];
  const answer = await until(`verification ${id} to end`, () => platform.request("GET", `/v1/tenants/acme/verifications/${id}`), ({ body }) => ended.includes(body.status));
  return answer.body;
}

export async function timelineOf(platform: TestPlatform, id: string): Promise<string[]> {
  const answer = await platform.request("GET", `/v1/tenants/acme/verifications/${id}/timeline`);
  return answer.body.data.map((entry: { kind: string }) => entry.kind);
}

/** Registers the sandbox's echo as the tenant's endpoint; it checks every signature with the endpoint's secret. */
export async function watchWith(platform: TestPlatform, tenant: string, echo: string): Promise<{ id: string }> {
  const endpoint = await platform.request("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { body: { url: `${platform.sandboxUrl}/echo/${echo}` } });
  expect(endpoint.status, JSON.stringify(endpoint.body)).toBe(201);
  await fetch(`${platform.sandboxUrl}/_control/echo/${echo}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ secret: endpoint.body.secret }) });
  return endpoint.body;
}

export async function echoOf(platform: TestPlatform, echo: string): Promise<Echoed[]> {
  const answer = await fetch(`${platform.sandboxUrl}/_control/echo/${echo}`);
  return (await answer.json()) as Echoed[];
}
