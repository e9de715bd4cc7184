import type pg from "pg";
import type { PayloadMode } from "./content.ts";

/** What an attempt needs of its endpoint; the same for all of its deliveries until the endpoint changes. */
export interface EndpointCard {
  url: string;
  headers: Record<string, string>;
  /** Sealed; null when there are none. */
  secretHeaders: Buffer | null;
  payloadMode: PayloadMode;
  secret: Buffer;
  /** Null also once its overlap has ended. */
  previousSecret: Buffer | null;
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
  previous_secret: Buffer | null;
  previous_secret_until: Date | null;
  rate_limit: number | null;
  retry_schedule: number[];
  endpoint_failing: boolean;
}

const cardsSql = `
  SELECT id, xmin::text AS version, url, headers, secret_headers, payload_mode, secret, previous_secret, previous_secret_until, rate_limit, retry_schedule,
    failing_since IS NOT NULL AS endpoint_failing
  FROM webhook_endpoint WHERE id = ANY($1::text[])`;

const maxKept = 5_000;

/**
 * Endpoints as they were last read. A claim says each row's version (Postgres's own, which every update changes), so that
 * what is kept is never older than the claim; only what changed is read again.
 */
export class EndpointCards {
  private readonly pool: pg.Pool;
  private readonly kept = new Map<string, { version: string; card: EndpointCard; previousUntil: number }>();

  constructor(pool: pg.Pool) {
    this.pool = pool;
  }

  async bring(wanted: { id: string; version: string }[]): Promise<void> {
    const stale = new Set(wanted.filter(({ id, version }) => this.kept.get(id)?.version !== version).map(({ id }) => id));
    if (stale.size === 0) return;
    const { rows } = await this.pool.query<CardRow>({ name: "endpoint_cards", text: cardsSql, values: [[...stale]] });
    for (const row of rows) {
      this.kept.delete(row.id);
      this.kept.set(row.id, { version: row.version, card: toCard(row), previousUntil: row.previous_secret_until?.getTime() ?? 0 });
    }
    for (const id of this.kept.keys()) {
      if (this.kept.size <= maxKept) break;
      this.kept.delete(id);
    }
  }

  of(id: string): EndpointCard | undefined {
    const known = this.kept.get(id);
    if (known === undefined || known.card.previousSecret === null || known.previousUntil > Date.now()) return known?.card;
    return { ...known.card, previousSecret: null };
  }
}

function toCard(row: CardRow): EndpointCard {
  return {
    url: row.url, headers: row.headers, secretHeaders: row.secret_headers, payloadMode: row.payload_mode, secret: row.secret, previousSecret: row.previous_secret,
    rateLimit: row.rate_limit, retryScheduleSeconds: row.retry_schedule, endpointFailing: row.endpoint_failing,
  };
}
