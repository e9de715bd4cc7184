import { newId } from "../../lib/ids.ts";
import { dueChannel } from "./due-channel.ts";
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
}

/** Runs a statement inside the transaction that the events belong to. */
export type Query = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

interface EndpointRow {
  id: string;
  tenant_id: string;
  shard: number;
  event_types: string[];
  channels: string[];
  filter: unknown;
}

interface StoredRow {
  tenant_id: string;
  id: string;
  type: string;
  created_at: Date;
}

const insertSql = `
  INSERT INTO webhook_event (tenant_id, id, type, payload, channels)
  SELECT DISTINCT ON (tenant_id, id) tenant_id, id, type, payload::json, channels::text[]
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS g(tenant_id, id, type, payload, channels, place)
  -- The first of several with one id is the one that is kept; one order for all keeps two commits from waiting for each other.
  ORDER BY tenant_id, id, place
  ON CONFLICT (tenant_id, id) DO NOTHING
  RETURNING tenant_id, id, type, created_at`;

const earlierSql = `
  SELECT e.tenant_id, e.id, e.type, e.created_at, e.payload::text AS payload, e.channels
  FROM webhook_event e JOIN unnest($1::text[], $2::text[]) AS g(tenant_id, id) ON g.tenant_id = e.tenant_id AND g.id = e.id`;

const endpointsSql = `
  SELECT id, tenant_id, shard, event_types, channels, filter FROM webhook_endpoint
  WHERE tenant_id = ANY($1::text[]) AND enabled AND deleted_at IS NULL`;

const deliveriesSql = `
  WITH written AS (
    INSERT INTO webhook_delivery (id, tenant_id, event_id, endpoint_id, shard, status, next_attempt_at)
    SELECT t.id, t.tenant_id, t.event_id, t.endpoint_id, t.shard, 'pending', now()
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[]) AS t(id, tenant_id, event_id, endpoint_id, shard)
    ON CONFLICT (tenant_id, event_id, endpoint_id) DO NOTHING
  )
  SELECT pg_notify('${dueChannel}', shard::text)::text AS told FROM unnest($6::int[]) AS s(shard)`;

/**
 * Writes any number of events, of any tenants, and one delivery for every endpoint that wants one: at most four
 * statements however many there are. The answer has an entry for every row: the event as it is stored, or "taken" when
 * its id was used before for something else.
 */
export async function writeEvents(query: Query, rows: EventRow[]): Promise<Map<EventRow, PublishedEvent | "taken">> {
  const tenants = [...new Set(rows.map((row) => row.tenantId))];
  const inserted = await query<StoredRow>(insertSql, [
    rows.map((row) => row.tenantId), rows.map((row) => row.id), rows.map((row) => row.type), rows.map((row) => row.payload), rows.map((row) => arrayText(row.channels)),
  ]);
  const endpoints = await query<EndpointRow>(endpointsSql, [tenants]);
  const fresh = new Map(inserted.map((row) => [keyOf(row.tenant_id, row.id), row]));
  // The first of several with one id is the one that was kept.
  const kept = new Map(rows.toReversed().map((row) => [keyOf(row.tenantId, row.id), row]));
  await writeDeliveries(query, [...fresh.keys()].flatMap((key) => kept.get(key) ?? []), endpoints);

  const answer = new Map<EventRow, PublishedEvent | "taken">();
  const repeated: EventRow[] = [];
  for (const row of rows) {
    const stored = fresh.get(keyOf(row.tenantId, row.id));
    if (stored === undefined) {
      repeated.push(row);
      continue;
    }
    answer.set(row, { id: row.id, type: stored.type, createdAt: stored.created_at });
  }
  // Twice in one batch counts as repeated as well: the first one's row is what the second is compared with.
  const seen = new Map<string, EventRow>();
  for (const row of rows.filter((one) => answer.has(one))) {
    const first = seen.get(keyOf(row.tenantId, row.id));
    if (first === undefined) seen.set(keyOf(row.tenantId, row.id), row);
    else if (!sameEvent(first, row)) answer.set(row, "taken");
  }
  if (repeated.length > 0) await answerRepeated(query, repeated, answer);
  return answer;
}

function keyOf(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}

/** Lists of unequal length make no array of arrays: each goes as the text of one. */
function arrayText(channels: string[]): string {
  return `{${channels.map((channel) => JSON.stringify(channel)).join(",")}}`;
}

type Content = Pick<EventRow, "type" | "payload" | "channels">;

function sameEvent(a: Content, b: Content): boolean {
  return a.type === b.type && a.payload === b.payload && a.channels.join(" ") === b.channels.join(" ");
}

async function answerRepeated(query: Query, rows: EventRow[], answer: Map<EventRow, PublishedEvent | "taken">): Promise<void> {
  const earlier = await query<StoredRow & { payload: string; channels: string[] }>(earlierSql, [rows.map((row) => row.tenantId), rows.map((row) => row.id)]);
  for (const row of rows) {
    const stored = earlier.find((one) => one.tenant_id === row.tenantId && one.id === row.id);
    const same = stored !== undefined && sameEvent(stored, row);
    answer.set(row, same ? { id: row.id, type: stored.type, createdAt: stored.created_at } : "taken");
  }
}

async function writeDeliveries(query: Query, events: EventRow[], endpoints: EndpointRow[]): Promise<void> {
  const byTenant = Map.groupBy(endpoints, (endpoint) => endpoint.tenant_id);
  const targets = events.flatMap((event) =>
    wanting(byTenant.get(event.tenantId) ?? [], event).map((endpoint) => ({ event, endpoint })),
  );
  if (targets.length === 0) return;
  await query(deliveriesSql, [
    targets.map(() => newId("dlv")),
    targets.map(({ event }) => event.tenantId),
    targets.map(({ event }) => event.id),
    targets.map(({ endpoint }) => endpoint.id),
    targets.map(({ endpoint }) => endpoint.shard),
    [...new Set(targets.map(({ endpoint }) => endpoint.shard))],
  ]);
}

/** The payload is read only for endpoints that filter by it, and once. */
function wanting(endpoints: EndpointRow[], event: EventRow): EndpointRow[] {
  const data: unknown = endpoints.some((endpoint) => endpoint.filter !== null) ? JSON.parse(event.payload) : undefined;
  return endpoints.filter((endpoint) =>
    endpointWants({ eventTypes: endpoint.event_types, channels: endpoint.channels, filter: endpoint.filter }, { type: event.type, channels: event.channels, data }),
  );
}
