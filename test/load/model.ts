import { until } from "../support/wait.ts";
import { downForRequests, flakyFails, kindOf, maxAttempts, startModelReceiver, type EndpointKind } from "./model-receiver.ts";

/** An API to publish to, started with `modelEnv`, that may post to this machine. */
export interface ModelTarget {
  apiUrl: string;
  adminKey: string;
}

export interface ModelSize {
  tenants: number;
  endpointsPerTenant: number;
  /** At least 20, so that an endpoint that is down opens its breaker; at most 1,000. */
  eventsPerTenant: number;
  limitMs: number;
}

export const modelSizes = {
  short: { tenants: 10, endpointsPerTenant: 10, eventsPerTenant: 20, limitMs: 60_000 },
  full: { tenants: 100, endpointsPerTenant: 10, eventsPerTenant: 100, limitMs: 240_000 },
} as const satisfies Record<string, ModelSize>;

export interface ModelOutcome {
  endpoints: Record<EndpointKind, number>;
  deliveries: Record<string, number>;
  attempts: number;
  /** What differs from the model, in words. */
  differences: string[];
}

interface Delivery {
  endpointId: string;
  eventId: string;
  status: string;
  attemptCount: number;
}

interface Endpoint {
  id: string;
  path: string;
  kind: EndpointKind;
}

const open = new Set(["pending", "retrying", "held"]);

/**
 * Publishes to endpoints of which a tenth fail, waits until nothing is left to do, and compares every delivery and every
 * endpoint with what the model computes. Which breaker opens when depends on chance; how each delivery ends does not.
 */
export async function runModel(target: ModelTarget, size: ModelSize, seed = "waystation"): Promise<ModelOutcome> {
  const receiver = await startModelReceiver(seed);
  const outcome: ModelOutcome = { endpoints: { well: 0, flaky: 0, down: 0 }, deliveries: {}, attempts: 0, differences: [] };
  try {
    const tenants = await Promise.all(Array.from({ length: size.tenants }, (_, n) => makeTenant(target, { name: `model${n}`, receiverUrl: receiver.url, size, seed })));
    await Promise.all(tenants.map(({ name }) => publish(target, name, size.eventsPerTenant)));
    for (const { name, endpoints } of tenants) {
      const deliveries = await until(`${name} to be done`, () => settledDeliveries(target, name), (rows) => rows !== null, size.limitMs);
      compareTenant(outcome, { seed, endpoints, deliveries: deliveries ?? [], requests: receiver.requests, eventsPerTenant: size.eventsPerTenant });
      await compareEndpoints(target, name, outcome);
    }
    return outcome;
  } finally {
    receiver.close();
  }
}

async function makeTenant(target: ModelTarget, input: { name: string; receiverUrl: string; size: ModelSize; seed: string }): Promise<{ name: string; endpoints: Endpoint[] }> {
  const { name, receiverUrl, size, seed } = input;
  await call(target, "POST", "/v1/tenants", { id: name, name });
  const endpoints: Endpoint[] = [];
  for (let n = 0; n < size.endpointsPerTenant; n += 1) {
    const path = `/${name}/${n}`;
    const { id } = await call<{ id: string }>(target, "POST", `/v1/tenants/${name}/webhook-endpoints`, { url: `${receiverUrl}${path}`, eventTypes: ["model.event"] });
    endpoints.push({ id, path, kind: kindOf(seed, path) });
  }
  return { name, endpoints };
}

async function publish(target: ModelTarget, tenant: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ id: `${tenant}-${n}`, type: "model.event", payload: { n } }));
  await call(target, "POST", `/v1/tenants/${tenant}/events/batch`, { events });
}

/** All of a tenant's deliveries, or null while one of them may still change. */
async function settledDeliveries(target: ModelTarget, tenant: string): Promise<Delivery[] | null> {
  const base = `/v1/tenants/${tenant}/deliveries`;
  for (const status of open) if ((await call<{ data: unknown[] }>(target, "GET", `${base}?status=${status}&limit=1`)).data.length > 0) return null;
  const all: Delivery[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: { data: Delivery[]; nextCursor: string | null } = await call(target, "GET", `${base}?limit=250${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all.some(({ status }) => open.has(status)) ? null : all;
}

/** How a delivery to a well or a flaky endpoint ends; the schedule is used up after its last attempt. */
function modelled(seed: string, { path, kind }: Endpoint, eventId: string): { status: string; attempts: number } {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    if (kind === "well" || !flakyFails(seed, path, eventId, attempt)) return { status: "delivered", attempts: attempt };
  }
  return { status: "failed", attempts: maxAttempts };
}

interface TenantRun {
  seed: string;
  endpoints: Endpoint[];
  deliveries: Delivery[];
  requests: Map<string, number>;
  eventsPerTenant: number;
}

function compareTenant(outcome: ModelOutcome, run: TenantRun): void {
  const byEndpoint = Map.groupBy(run.deliveries, ({ endpointId }) => endpointId);
  for (const endpoint of run.endpoints) {
    const deliveries = byEndpoint.get(endpoint.id) ?? [];
    outcome.endpoints[endpoint.kind] += 1;
    if (new Set(deliveries.map(({ eventId }) => eventId)).size !== run.eventsPerTenant) outcome.differences.push(`${endpoint.path}: ${deliveries.length} deliveries`);
    let attempts = 0;
    for (const { eventId, status, attemptCount } of deliveries) {
      attempts += attemptCount;
      outcome.deliveries[status] = (outcome.deliveries[status] ?? 0) + 1;
      // At an endpoint that was down, chance decides which delivery failed how often: only the end and the sum are certain.
      const model = endpoint.kind === "down" ? { status: "delivered", attempts: attemptCount } : modelled(run.seed, endpoint, eventId);
      const seen = `${status} after ${attemptCount} attempts, ${run.requests.get(`${endpoint.path} ${eventId}`) ?? 0} requests`;
      const expected = `${model.status} after ${model.attempts} attempts, ${model.attempts} requests`;
      if (seen !== expected) outcome.differences.push(`${endpoint.path} ${eventId}: ${seen}; the model says ${expected}`);
    }
    outcome.attempts += attempts;
    const certain = deliveries.length + downForRequests;
    if (endpoint.kind === "down" && attempts !== certain) outcome.differences.push(`${endpoint.path}: ${attempts} attempts; the model says ${certain}`);
  }
}

/** In the end every endpoint is well: none failed for so long that it would be disabled, and each open breaker was closed. */
async function compareEndpoints(target: ModelTarget, tenant: string, outcome: ModelOutcome): Promise<void> {
  const list = () => call<{ data: { id: string; status: string }[] }>(target, "GET", `/v1/tenants/${tenant}/webhook-endpoints?limit=250`);
  const { data } = await until(`${tenant}'s breakers to close`, list, (page) => page.data.every(({ status }) => status !== "degraded"));
  for (const { id, status } of data) if (status !== "healthy") outcome.differences.push(`endpoint ${id} is ${status}`);
}

async function call<T = unknown>(target: ModelTarget, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${target.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${target.adminKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}
