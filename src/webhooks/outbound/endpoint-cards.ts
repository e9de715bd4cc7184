import type pg from "pg";
import type { PayloadMode } from "./content.ts";

export interface FormerSignature {
  /** Sealed. */
  secret: Buffer;
  /** Null for one in the endpoint's own row: it was replaced before there was a table for it. */
  id: string | null;
  /** Milliseconds since the epoch. */
  until: number;
}

/** What an attempt needs of its endpoint; the same for all of its deliveries until the endpoint changes. */
export interface EndpointCard {
  url: string;
  headers: Record<string, string>;
  /** Sealed; null when there are none. */
  secretHeaders: Buffer | null;
  payloadMode: PayloadMode;
  secret: Buffer;
  /** Those that sign beside it, newest first; none whose overlap has ended. */
  formerSecrets: readonly FormerSignature[];
  /** Attempts a second; null is no limit. */
  rateLimit: number | null;
  retryScheduleSeconds: number[];
  /** The endpoint's last attempts failed: a success is news then. */
  endpointFailing: boolean;
}

interface CardRow {
  id: string;
  version: string;
  url: string;
  headers: Record<string, string>;
  secret_headers: Buffer | null;
  payload_mode: PayloadMode;
  secret: Buffer;
  former_ids: (string | null)[] | null;
  former_secrets: Buffer[] | null;
  former_untils: Date[] | null;
  rate_limit: number | null;
  retry_schedule: number[];
  endpoint_failing: boolean;
}

const cardsSql = `
  SELECT ep.id, ep.xmin::text AS version, ep.url, ep.headers, ep.secret_headers, ep.payload_mode, ep.secret, ep.rate_limit, ep.retry_schedule,
    ep.failing_since IS NOT NULL AS endpoint_failing, former.ids AS former_ids, former.secrets AS former_secrets, former.untils AS former_untils
  FROM webhook_endpoint ep, LATERAL (
    SELECT array_agg(CASE WHEN f.secret IS NOT NULL THEN f.id END ORDER BY f.replaced_at DESC, f.id DESC) AS ids,
      array_agg(coalesce(f.secret, ep.previous_secret) ORDER BY f.replaced_at DESC, f.id DESC) AS secrets,
      array_agg(f.valid_until ORDER BY f.replaced_at DESC, f.id DESC) AS untils
    FROM former_secret f
    WHERE f.tenant_id = ep.tenant_id AND f.kind = 'webhook_endpoint' AND f.subject_id = ep.id AND f.retired_at IS NULL AND f.valid_until > now()
      AND coalesce(f.secret, ep.previous_secret) IS NOT NULL
  ) former
  WHERE ep.id = ANY($1::text[])`;

const maxKept = 5_000;

/**
 * Endpoints as they were last read. A claim says each row's version (Postgres's own, which every update changes), so that
 * what is kept is never older than the claim; only what changed is read again.
 */
export class EndpointCards {
  private readonly pool: pg.Pool;
  private readonly kept = new Map<string, { version: string; card: EndpointCard; formerUntil: number }>();

  constructor(pool: pg.Pool) {
    this.pool = pool;
  }

  async bring(wanted: { id: string; version: string }[]): Promise<void> {
    const stale = new Set(wanted.filter(({ id, version }) => this.kept.get(id)?.version !== version).map(({ id }) => id));
    if (stale.size === 0) return;
    const { rows } = await this.pool.query<CardRow>({ name: "endpoint_cards", text: cardsSql, values: [[...stale]] });
    for (const row of rows) {
      this.kept.delete(row.id);
      this.kept.set(row.id, { version: row.version, ...toKept(row) });
    }
    for (const id of this.kept.keys()) {
      if (this.kept.size <= maxKept) break;
      this.kept.delete(id);
    }
  }

  of(id: string): EndpointCard | undefined {
    const known = this.kept.get(id);
    if (known === undefined || known.formerUntil > Date.now()) return known?.card;
    Object.assign(known, withoutEnded(known.card));
    return known.card;
  }
}

/** `formerUntil` is when the first of the overlaps ends: until then the card is right as it is. */
function withoutEnded(card: EndpointCard): { card: EndpointCard; formerUntil: number } {
  const now = Date.now();
  const formerSecrets = card.formerSecrets.filter(({ until }) => until > now);
  return { card: { ...card, formerSecrets }, formerUntil: Math.min(...formerSecrets.map(({ until }) => until)) };
}

function toKept(row: CardRow): { card: EndpointCard; formerUntil: number } {
  const formerSecrets = (row.former_secrets ?? []).map((secret, index) => ({ secret, id: row.former_ids?.[index] ?? null, until: row.former_untils?.[index]?.getTime() ?? 0 }));
  return withoutEnded({
    url: row.url, headers: row.headers, secretHeaders: row.secret_headers, payloadMode: row.payload_mode, secret: row.secret, formerSecrets,
    rateLimit: row.rate_limit, retryScheduleSeconds: row.retry_schedule, endpointFailing: row.endpoint_failing,
  });
}
