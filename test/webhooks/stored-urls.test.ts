import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { raiseCanaries } from "../support/canaries.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { isUnsendable, nameIn, refusedUrls } from "../support/ssrf-table.ts";
import { until } from "../support/wait.ts";

// URLs of the table that are in the database all the same, by an import or an older version, say. In the namespace that
// test/security makes, canaries listen on every address and names resolve to 127.0.0.1: there the whole table is tried.
// Elsewhere the canary has one port, and names are left out.

const inNamespace = process.env["SSRF_NAMESPACE"] === "1";
// Postgres keeps no NUL in text.
const storable = refusedUrls.filter(({ url }) => !url.includes("\u0000") && (inNamespace || isUnsendable(url) || nameIn(url) === null));

interface Outcome {
  endpoint_id: string;
  example: boolean;
  status: string;
  next_attempt_at: Date | null;
  errors: (string | null)[];
  answers: (string | number | null)[];
}

let platform: TestPlatform;
let endpointIds: string[] = [];
let outcomes = new Map<string, Outcome[]>();
let canary: { port: number | null; hits(): number };
let controlStatus = "";

beforeAll(async () => {
  canary = await startCanary();
  platform = await startPlatform({ env: { ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.2/32", WEBHOOK_RETRY_SCHEDULE: "1h" } });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  const receiver = createServer((request, response) => void request.resume().once("end", () => response.end()));
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.2", done));
  receiver.unref();
  const allowed = `http://127.0.0.2:${(receiver.address() as AddressInfo).port}/`;
  endpointIds = await Promise.all(storable.map(() => newEndpoint(allowed)));
  const control = await newEndpoint(allowed);
  await platform.owner.query(
    "UPDATE webhook_endpoint ep SET url = t.url FROM unnest($1::text[], $2::text[]) AS t(id, url) WHERE ep.id = t.id",
    [endpointIds, storable.map(({ url }) => atCanary(url))],
  );
  // An event, and an example for each: the two ways of a stored URL into a request.
  await platform.request("POST", "/v1/tenants/acme/events", { body: { type: "stored.url", payload: {} } });
  for (const id of endpointIds) expect((await platform.request("POST", `/v1/tenants/acme/webhook-endpoints/${id}/test`, { body: {} })).status).toBe(202);
  const all = await until("every delivery's first attempt", readOutcomes, (rows) => rows.length === 2 * storable.length + 1 && rows.every(({ errors }) => errors.length > 0));
  outcomes = Map.groupBy(all, (row) => row.endpoint_id);
  controlStatus = outcomes.get(control)?.[0]?.status ?? "";
  console.log(`S stored URLs: ${storable.length} URLs, ${all.length - 1} deliveries, ${all.filter(({ errors }) => errors[0] === "blocked").length} blocked, ${canary.hits()} reached a canary`);
});
afterAll(() => platform?.stop());

async function newEndpoint(url: string): Promise<string> {
  const answer = await platform.request("POST", "/v1/tenants/acme/webhook-endpoints", { body: { url, eventTypes: ["stored.url"] } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

async function startCanary(): Promise<typeof canary> {
  if (inNamespace) return { port: null, ...(await raiseCanaries()) };
  let hits = 0;
  const server = createServer((_request, response) => response.end("reached")).on("connection", () => (hits += 1));
  await new Promise<void>((done) => server.listen(0, "::", done));
  server.unref();
  return { port: (server.address() as AddressInfo).port, hits: () => hits };
}

/** As it is written where a canary listens on the usual ports, otherwise with the port of the only one. */
function atCanary(url: string): string {
  const parsed = URL.parse(url);
  if (canary.port === null || parsed === null || isUnsendable(url) || parsed.port !== "") return url;
  return url.replace(/^(\s*https?:[/\\]*[^/\\?#]*)/, `$1:${canary.port}`);
}

async function readOutcomes(): Promise<Outcome[]> {
  const { rows } = await platform.owner.query<Outcome>(
    `SELECT d.endpoint_id, e.only_endpoint_id IS NOT NULL AS example, d.status, d.next_attempt_at,
       array_remove(array_agg(CASE WHEN a.number IS NOT NULL THEN coalesce(a.error, 'none') END), NULL) AS errors,
       array_remove(array_agg(coalesce(a.status_code::text, a.response_body)), NULL) AS answers
     FROM webhook_delivery d JOIN webhook_event e ON e.tenant_id = d.tenant_id AND e.id = d.event_id LEFT JOIN delivery_attempt a ON a.delivery_id = d.id
     GROUP BY d.tenant_id, d.id, e.only_endpoint_id`,
  );
  return rows;
}

describe("a stored URL of the table", () => {
  test.each(storable.map((one, index) => ({ ...one, index })))("$id is blocked, once and for good: $shown", ({ index }) => {
    const found = outcomes.get(endpointIds[index] ?? "") ?? [];
    expect(found).toHaveLength(2);
    expect(found.filter(({ example }) => example)).toHaveLength(1);
    for (const { status, next_attempt_at: next, errors, answers } of found) expect({ status, next, errors, answers }).toEqual({ status: "failed", next: null, errors: ["blocked"], answers: [] });
  });

  test("S never reaches a canary, while the one allowed receiver gets its webhook", () => {
    expect(canary.hits()).toBe(0);
    expect(controlStatus).toBe("delivered");
  });
});
