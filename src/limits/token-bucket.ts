import type pg from "pg";

export interface TakenTokens {
  granted: boolean;
  /** Whole tokens that are left; 0 also while a large request is being paid off. */
  remaining: number;
  /** Seconds until the bucket is full again. */
  fullInSeconds: number;
  /** Seconds until the same request would be granted; 0 when it was. */
  retryInSeconds: number;
}

const takeSql = `
  INSERT INTO rate_bucket AS b (key, tokens, granted, at) VALUES ($1, $2::float8 - $3::float8, true, clock_timestamp())
  ON CONFLICT (key) DO UPDATE SET
    granted = LEAST($2::float8, b.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - b.at))::float8 * $2::float8) >= LEAST($2::float8, $3::float8),
    tokens = LEAST($2::float8, b.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - b.at))::float8 * $2::float8)
      - CASE WHEN LEAST($2::float8, b.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - b.at))::float8 * $2::float8) >= LEAST($2::float8, $3::float8) THEN $3::float8 ELSE 0 END,
    at = clock_timestamp()
  RETURNING granted, tokens`;

/**
 * Takes `cost` tokens from the bucket that all processes share under `key`: it holds what one second gives. A request for
 * more than that is granted to a full bucket, and those after it wait until it is paid off. One statement; the row's lock
 * makes it exact.
 */
export async function takeTokens(pool: pg.Pool, request: { key: string; perSecond: number; cost: number }): Promise<TakenTokens> {
  const { key, perSecond, cost } = request;
  const { rows } = await pool.query<{ granted: boolean; tokens: number }>({ name: "take_tokens", text: takeSql, values: [key, perSecond, cost] });
  const { granted, tokens } = rows[0] ?? { granted: true, tokens: perSecond };
  return {
    granted,
    remaining: Math.max(0, Math.floor(tokens)),
    fullInSeconds: Math.ceil((perSecond - tokens) / perSecond),
    retryInSeconds: granted ? 0 : Math.max(1, Math.ceil((Math.min(cost, perSecond) - tokens) / perSecond)),
  };
}
