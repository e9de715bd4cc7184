import { newId } from "../../lib/ids.ts";
import { endpointWants } from "./endpoint-match.ts";

export interface PublishedEvent {
  id: string;
  type: string;
  createdAt: Date;
}

export interface EventRow {
  tenantId: string;
  id: string;
  type: string;
  /** JSON text: the receiver gets the keys in the order in which the sender wrote them. */
  payload: string;
  channels: string[];
  /** Whom it tells nothing new: the endpoint that it is about. */
  exceptEndpointId?: string;
}

/** Runs a statement; `name` prepares it once per connection. */
export type Query = <Row>(statement: { name: string; text: string; values: unknown[] }) => Promise<Row[]>;

export interface WrittenEvents {
  /** An entry for every row: the event as it is stored, or "taken" when its id was used before for something else. */
  answers: Map<EventRow, PublishedEvent | "taken">;
  /** The shards that have something due now. */
  shards: Set<number>;
}

interface EndpointRow {
  id: string;
  tenant_id: string;
  shard: number;
  event_types: string[];
  channels: string[];
  filter: unknown;
}

const endpointsSql = `
  SELECT id, tenant_id, shard, event_types, channels, filter FROM webhook_endpoint
  WHERE tenant_id = ANY($1::text[]) AND enabled AND deleted_at IS NULL`;

// One statement and so one commit: an event and its deliveries are there together or not at all. Of several rows with one id
// the first is kept; one order for all keeps two commits from waiting for each other. An endpoint that was disabled between
// this and the look at the endpoints gets nothing.
const writeSql = `
  WITH fresh AS (
    INSERT INTO webhook_event (tenant_id, id, type, payload, payload_bytes, channels)
    SELECT DISTINCT ON (tenant_id, id) tenant_id, id, type, payload::json, octet_length(payload), channels::text[]
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS g(tenant_id, id, type, payload, channels, place)
    ORDER BY tenant_id, id, place
    ON CONFLICT (tenant_id, id) DO NOTHING
    RETURNING tenant_id, id, created_at
  ), made AS (
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, t.tenant_id, t.event_id, ep.id, ep.shard, 'pending', now()
    FROM unnest($6::text[], $7::text[], $8::text[], $9::text[]) AS t(id, tenant_id, event_id, endpoint_id)
    JOIN webhook_endpoint ep ON ep.id = t.endpoint_id AND ep.enabled AND ep.deleted_at IS NULL
    WHERE (t.tenant_id, t.event_id) IN (SELECT tenant_id, id FROM fresh)
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING
  )
  SELECT tenant_id, id, (extract(epoch FROM created_at) * 1000)::float8 AS created_ms FROM fresh`;

const earlierSql = `
  SELECT e.tenant_id, e.id, e.type, (extract(epoch FROM e.created_at) * 1000)::float8 AS created_ms, e.payload::text AS payload, e.channels
  FROM unnest($1::text[], $2::text[]) AS g(tenant_id, id) JOIN webhook_event e ON e.tenant_id = g.tenant_id AND e.id = g.id`;

/**
 * Writes any number of events, of any tenants, and one delivery for every endpoint that wants one: two statements, and a
 * third when some ids were used before. The caller wakes the dispatchers.
 */
export async function writeEvents(query: Query, rows: EventRow[]): Promise<WrittenEvents> {
  const endpoints = await query<EndpointRow>({ name: "event_endpoints", text: endpointsSql, values: [[...new Set(rows.map((row) => row.tenantId))]] });
  const targets = targetsOf(rows, endpoints);
  const fresh = await query<{ tenant_id: string; id: string; created_ms: number }>({
    name: "write_events",
    text: writeSql,
    values: [
      rows.map((row) => row.tenantId), rows.map((row) => row.id), rows.map((row) => row.type), rows.map((row) => row.payload), rows.map((row) => arrayText(row.channels)),
      targets.map(() => newId("dlv")), targets.map(({ event }) => event.tenantId), targets.map(({ event }) => event.id), targets.map(({ endpoint }) => endpoint.id),
    ],
  });
  const answers = answerFresh(rows, new Map(fresh.map((row) => [keyOf(row.tenant_id, row.id), row.created_ms])));
  const repeated = rows.filter((row) => !answers.has(row));
  if (repeated.length > 0) await answerRepeated(query, repeated, answers);
  return { answers, shards: new Set(targets.map(({ endpoint }) => endpoint.shard)) };
}

interface Target {
  event: EventRow;
  endpoint: EndpointRow;
}

function targetsOf(rows: EventRow[], endpoints: EndpointRow[]): Target[] {
  if (endpoints.length === 0) return [];
  const byTenant = Map.groupBy(endpoints, (endpoint) => endpoint.tenant_id);
  // The first of several with one id is the one that is kept.
  const kept = new Map<string, EventRow>();
  for (const row of rows) if (!kept.has(keyOf(row.tenantId, row.id))) kept.set(keyOf(row.tenantId, row.id), row);
  return [...kept.values()].flatMap((event) => wanting(byTenant.get(event.tenantId) ?? [], event).map((endpoint) => ({ event, endpoint })));
}

/** The payload is read only for endpoints that filter by it, and once. */
function wanting(endpoints: EndpointRow[], event: EventRow): EndpointRow[] {
  const data: unknown = endpoints.some((endpoint) => endpoint.filter !== null) ? JSON.parse(event.payload) : undefined;
  return endpoints.filter((endpoint) =>
    endpoint.id !== event.exceptEndpointId && endpointWants({ eventTypes: endpoint.event_types, channels: endpoint.channels, filter: endpoint.filter }, { type: event.type, channels: event.channels, data }),
  );
}

function keyOf(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}

/** Lists of unequal length make no array of arrays: each goes as the text of one. */
function arrayText(channels: string[]): string {
  return channels.length === 0 ? "{}" : `{${channels.map((channel) => JSON.stringify(channel)).join(",")}}`;
}

type Content = Pick<EventRow, "type" | "payload" | "channels">;

function sameEvent(a: Content, b: Content): boolean {
  return a.type === b.type && a.payload === b.payload && a.channels.join(" ") === b.channels.join(" ");
}

/** Twice in one call counts as repeated as well: the first one's row is what the second is compared with. */
function answerFresh(rows: EventRow[], fresh: Map<string, number>): Map<EventRow, PublishedEvent | "taken"> {
  const answers = new Map<EventRow, PublishedEvent | "taken">();
  const first = new Map<string, EventRow>();
  for (const row of rows) {
    const key = keyOf(row.tenantId, row.id);
    const createdMs = fresh.get(key);
    if (createdMs === undefined) continue;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, row);
    answers.set(row, earlier === undefined || sameEvent(earlier, row) ? { id: row.id, type: row.type, createdAt: new Date(createdMs) } : "taken");
  }
  return answers;
}

interface EarlierRow {
  tenant_id: string;
  id: string;
  type: string;
  created_ms: number;
  payload: string;
  channels: string[];
}

async function answerRepeated(query: Query, rows: EventRow[], answers: Map<EventRow, PublishedEvent | "taken">): Promise<void> {
  const earlier = await query<EarlierRow>({ name: "earlier_events", text: earlierSql, values: [rows.map((row) => row.tenantId), rows.map((row) => row.id)] });
  const stored = new Map(earlier.map((row) => [keyOf(row.tenant_id, row.id), row]));
  for (const row of rows) {
    const one = stored.get(keyOf(row.tenantId, row.id));
    answers.set(row, one !== undefined && sameEvent(one, row) ? { id: row.id, type: one.type, createdAt: new Date(one.created_ms) } : "taken");
  }
}
