import { Prisma } from "../../generated/prisma/client.ts";
import type { Tx } from "../../db/client.ts";
import { endpointWants } from "./endpoint-match.ts";
import { ofType, rowsPerStep, within, type RecoveryFilter } from "./recovery-filter.ts";

/** An event that an endpoint wants and has no delivery of. */
export interface MissingEvent {
  id: string;
  endpointId: string;
  shard: number;
}

/** Some of what is missing, and where the next page begins; null when this is the last. */
export interface MissingPage {
  wanted: MissingEvent[];
  cursor: string | null;
}

interface CandidateRow {
  id: string;
  created_at: Date;
  type: string;
  channels: string[];
  endpoint_id: string;
  shard: number;
  event_types: string[];
  endpoint_channels: string[];
  filter: unknown;
  data_json: string | null;
  bytes_so_far: number;
}

/** Payloads are read only for an endpoint that filters by them. They may be of a MiB each: a page of them ends here. */
const payloadBytesPerPage = 4 * 1024 * 1024;

/** By type, channels and time, what an endpoint may want and has no delivery of. */
function candidates(tenantId: string, filter: RecoveryFilter): Prisma.Sql {
  return Prisma.sql`
    FROM webhook_event e JOIN webhook_endpoint ep ON ep.tenant_id = e.tenant_id
    WHERE e.tenant_id = ${tenantId} AND ep.id = ${filter.endpointId} AND ep.enabled AND ep.deleted_at IS NULL AND e.only_endpoint_id IS NULL
      AND (cardinality(ep.event_types) = 0 OR ep.event_types && ARRAY[e.type, split_part(e.type, '.', 1) || '.*', '*'])
      AND (cardinality(ep.channels) = 0 OR ep.channels && e.channels) ${within(Prisma.sql`e`, filter)} ${ofType(filter)}
      AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant_id = e.tenant_id AND d.event_id = e.id AND d.endpoint_id = ep.id)`;
}

export async function countCandidates(tx: Tx, tenantId: string, filter: RecoveryFilter): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>(Prisma.sql`SELECT count(*)::int AS count ${candidates(tenantId, filter)}`);
  return row?.count ?? 0;
}

/**
 * The next page, in the order of the events' arrival; their ids may be the host's own, so that the cursor is the time and
 * the id. SQL knows types and channels; what an endpoint's filter says of the payload is decided here, by the code that
 * routes live events.
 */
export async function missingPage(tx: Tx, tenantId: string, filter: RecoveryFilter, cursor: string | null): Promise<MissingPage> {
  const [at = "-infinity", id = ""] = cursor?.split("|") ?? [];
  const rows = await tx.$queryRaw<CandidateRow[]>(Prisma.sql`
    WITH page AS (
      SELECT e.id, e.created_at, e.type, e.channels, ep.id AS endpoint_id, ep.shard, ep.event_types, ep.channels AS endpoint_channels, ep.filter,
        CASE WHEN ep.filter IS NOT NULL THEN e.payload END AS payload
      ${candidates(tenantId, filter)} AND (e.created_at, e.id) > (${at}::timestamptz, ${id}) ORDER BY e.created_at, e.id LIMIT ${rowsPerStep}
    ), sized AS (
      SELECT *, sum(coalesce(octet_length(payload::text), 0)) OVER (ORDER BY created_at, id)::float8 AS bytes_so_far FROM page
    )
    SELECT id, created_at, type, channels, endpoint_id, shard, event_types, endpoint_channels, filter, payload::text AS data_json, bytes_so_far FROM sized
    WHERE bytes_so_far - coalesce(octet_length(payload::text), 0) < ${payloadBytesPerPage} ORDER BY created_at, id`);
  const last = rows.at(-1);
  const more = last !== undefined && (rows.length === rowsPerStep || last.bytes_so_far >= payloadBytesPerPage);
  return {
    wanted: rows.filter(isWanted).map((row) => ({ id: row.id, endpointId: row.endpoint_id, shard: row.shard })),
    cursor: more ? `${last.created_at.toISOString()}|${last.id}` : null,
  };
}

function isWanted(row: CandidateRow): boolean {
  const data: unknown = row.data_json === null ? undefined : JSON.parse(row.data_json);
  return endpointWants({ eventTypes: row.event_types, channels: row.endpoint_channels, filter: row.filter }, { type: row.type, channels: row.channels, data });
}
