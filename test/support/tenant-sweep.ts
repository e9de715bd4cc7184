import { newId, type IdPrefix } from "../../src/lib/ids.ts";
import type { TestPlatform } from "./platform.ts";
import { tenantColumn, tenantTables, tenantValue } from "./tenant-rows.ts";
import type { TenantWithAll } from "./tenant-with-all.ts";

interface Content {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Operation {
  method: string;
  path: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content?: Record<string, Content> };
}

export async function readOperations(platform: TestPlatform): Promise<Operation[]> {
  const { body } = await platform.request("GET", "/openapi.json");
  return Object.entries(body.paths as Record<string, Record<string, Omit<Operation, "method" | "path">>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

export interface Seen {
  what: string;
  status: number;
  text: string;
  /** What of the other tenant stood in the answer, beside what was asked with. */
  leaked: string[];
}

/** Ids like these are nobody's. */
const nobodys: Record<string, () => string> = Object.fromEntries(
  Object.entries({ "api-keys": "key", integrations: "int", "webhook-endpoints": "ep", events: "evt", deliveries: "dlv", verifications: "ver", "inbound-events": "inb", "recovery-jobs": "rec", secrets: "sec" } satisfies Record<string, IdPrefix>)
    .map(([noun, prefix]) => [noun, () => newId(prefix)]),
);
nobodys["event-types"] = () => "nobody.knows";
nobodys["runs"] = () => `verification/${newId("ver")}`;

export const randomIds: Record<string, string> = new Proxy({}, { get: (_, noun) => nobodys[String(noun)]?.() });

/** The path with a tenant and ids put in; null when it asks for an id that there is none of. */
export function pathOf({ path }: Operation, tenant: string, ids: Record<string, string>): string | null {
  let unknown = false;
  const filled = path.replace("{tenant}", tenant).replaceAll(/([a-z-]+)\/\{(?:id|name|workflowId|secretId)\}/g, (_, noun: string) => {
    const id = ids[noun];
    unknown ||= id === undefined;
    return `${noun}/${encodeURIComponent(id ?? "")}`;
  });
  return unknown ? null : filled;
}

export const namesThing = ({ path }: Operation): boolean => /\{(id|name|workflowId)\}/.test(path);

export function exampleOf(operation: Operation): unknown {
  const content = operation.requestBody?.content?.["application/json"];
  return content?.example ?? Object.values(content?.examples ?? {})[0]?.value ?? {};
}

const png = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082", "hex");

function bodyOf(operation: Operation): { body?: string | FormData; headers: Record<string, string> } {
  if (operation.method === "GET" || operation.requestBody?.content === undefined) return { headers: {} };
  if (operation.requestBody.content["multipart/form-data"] === undefined) return { body: JSON.stringify(exampleOf(operation)), headers: { "content-type": "application/json" } };
  const form = new FormData();
  for (const [name, value] of Object.entries({ kind: "passport", country: "FR" })) form.append(name, value);
  form.append("file", new Blob([png], { type: "image/png" }), "passport.png");
  return { body: form, headers: {} };
}

/** Asks, and looks for marks of the other tenant in what comes back, its headers included. */
export async function ask(platform: TestPlatform, other: TenantWithAll, operation: Operation, request: { path: string; key: string | null; body?: unknown }): Promise<Seen> {
  const given = request.body === undefined ? bodyOf(operation) : { body: JSON.stringify(request.body), headers: { "content-type": "application/json" } };
  const answer = await fetch(`${platform.apiUrl}${request.path}`, {
    method: operation.method, redirect: "manual", headers: { ...given.headers, ...(request.key === null ? {} : { authorization: `Bearer ${request.key}` }) }, ...(given.body === undefined ? {} : { body: given.body }),
  });
  const text = `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
  const asked = `${decodeURIComponent(request.path)} ${typeof given.body === "string" ? given.body : ""}`;
  // Saying what was asked back tells nothing; anything else of the other tenant does.
  return { what: `${operation.method} ${request.path}`, status: answer.status, text, leaked: other.marks.filter((mark) => text.includes(mark) && !asked.includes(mark)) };
}

/** All that the database holds of a tenant, in one digest per table. When its keys were used last, and who was refused at its door, is no change. */
export async function digestOf(platform: TestPlatform, tenant: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of await tenantTables(platform.owner)) {
    const own = table.name === "idempotency_record" ? "scope IN (SELECT id FROM api_key WHERE tenant_id = $1)" : `${tenantColumn(table)} = $1`;
    const { rows } = await platform.owner.query<{ digest: string }>(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(text, ',' ORDER BY text), '')) AS digest FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS text FROM ${table.name} t WHERE ${own}${table.name === "inbound_event" ? " AND status <> 'rejected'" : ""}) AS texts`,
      [table.name === "tenant" ? tenantValue(table, tenant) : tenant],
    );
    digests[table.name] = rows[0]?.digest ?? "";
  }
  return digests;
}
