import type { Platform } from "../../context.ts";
import type { Database } from "../../db/client.ts";
import { AppError, type FieldError } from "../../lib/errors.ts";
import { compileSchema, type JsonSchema, type PayloadCheck } from "./event-schema.ts";

// Publishing is the busiest route, and most tenants declare no types: what a tenant declared is read once a second at most.
const cacheMs = 1000;
const maxTenants = 10_000;
const maxChecks = 1000;
const maxErrors = 50;

/** What a tenant declared: the newest version of each type, and whether it has a schema. */
interface Declared {
  strict: boolean;
  /** Events a second; null is no limit. */
  rateLimit: number | null;
  types: Map<string, { version: number; hasSchema: boolean }>;
}

interface Cache {
  tenants: Map<string, { until: number; declared: Promise<Declared> }>;
  /** By tenant, name and version; a version's schema never changes. The least recently used goes first. */
  checks: Map<string, Promise<PayloadCheck>>;
}

const caches = new WeakMap<Database, Cache>();

function cacheOf(db: Database): Cache {
  const cache = caches.get(db) ?? { tenants: new Map(), checks: new Map() };
  caches.set(db, cache);
  return cache;
}

/** A change made by this process holds here at once; in the others within a second. */
export function forgetDeclared(db: Database, tenantId: string): void {
  cacheOf(db).tenants.delete(tenantId);
}

export interface CheckedEvent {
  type: string;
  payload: unknown;
}

/**
 * Checks events against what their tenant declared: payloads against the newest schema of their type, and with
 * `strictEventTypes` that the type was declared at all. `pathOf` says where in the request an event stands.
 * @throws AppError invalid
 */
export async function checkEvents(platform: Pick<Platform, "db">, tenantId: string, events: readonly CheckedEvent[], pathOf: (index: number) => string = () => ""): Promise<void> {
  const declared = await declaredOf(platform.db, tenantId);
  if (!declared.strict && declared.types.size === 0) return;
  const errors: FieldError[] = [];
  for (const [index, event] of events.entries()) {
    const fault = await faultOf(platform.db, tenantId, declared, event);
    if (fault !== undefined) errors.push({ path: `${pathOf(index)}${fault.path}`, message: fault.message });
    if (errors.length === maxErrors) break;
  }
  if (errors.length > 0) throw new AppError("invalid", "Some events are not as their types were declared; see errors.", { errors });
}

export async function eventRateLimitOf(db: Database, tenantId: string): Promise<number | null> {
  return (await declaredOf(db, tenantId)).rateLimit;
}

async function faultOf(db: Database, tenantId: string, declared: Declared, event: CheckedEvent): Promise<FieldError | undefined> {
  const type = declared.types.get(event.type);
  if (type === undefined) return declared.strict ? { path: "/type", message: "is not a declared event type" } : undefined;
  if (!type.hasSchema) return undefined;
  const check = await checkOf(db, tenantId, event.type, type.version);
  const fault = check(event.payload);
  return fault === undefined ? undefined : { path: `/payload${fault.path}`, message: fault.message };
}

async function declaredOf(db: Database, tenantId: string): Promise<Declared> {
  const { tenants } = cacheOf(db);
  const known = tenants.get(tenantId);
  const now = performance.now();
  if (known !== undefined && known.until > now) return await known.declared;
  const declared = loadDeclared(db, tenantId);
  tenants.delete(tenantId);
  tenants.set(tenantId, { until: now + cacheMs, declared });
  dropOldest(tenants, maxTenants);
  // A failure is not kept: the next request asks again.
  declared.catch(() => {
    if (tenants.get(tenantId)?.declared === declared) tenants.delete(tenantId);
  });
  return await declared;
}

async function loadDeclared(db: Database, tenantId: string): Promise<Declared> {
  const { rows } = await db.hot.accept.query<{ strict: boolean; rate_limit: number | null; name: string | null; version: number; has_schema: boolean }>(
    `SELECT t.strict_event_types AS strict, t.event_rate_limit AS rate_limit, e.name, e.version, e.has_schema
     FROM tenant t LEFT JOIN LATERAL (
       SELECT DISTINCT ON (name) name, version, schema IS NOT NULL AS has_schema FROM event_type
       WHERE tenant_id = t.id AND archived_at IS NULL ORDER BY name, version DESC
     ) e ON true WHERE t.id = $1`,
    [tenantId],
  );
  const types = rows.flatMap((row) => (row.name === null ? [] : [[row.name, { version: row.version, hasSchema: row.has_schema }] as const]));
  return { strict: rows[0]?.strict === true, rateLimit: rows[0]?.rate_limit ?? null, types: new Map(types) };
}

async function checkOf(db: Database, tenantId: string, name: string, version: number): Promise<PayloadCheck> {
  const { checks } = cacheOf(db);
  const key = `${tenantId}/${name}/${version}`;
  const check = checks.get(key) ?? loadCheck(db, tenantId, name, version);
  checks.delete(key);
  checks.set(key, check);
  dropOldest(checks, maxChecks);
  check.catch(() => {
    if (checks.get(key) === check) checks.delete(key);
  });
  return await check;
}

async function loadCheck(db: Database, tenantId: string, name: string, version: number): Promise<PayloadCheck> {
  const { rows } = await db.hot.accept.query<{ schema: JsonSchema | null }>("SELECT schema FROM event_type WHERE tenant_id = $1 AND name = $2 AND version = $3", [tenantId, name, version]);
  const schema = rows[0]?.schema;
  return schema === null || schema === undefined ? () => undefined : compileSchema(schema);
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
