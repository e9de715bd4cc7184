import type pg from "pg";

/** A bucket of `burst` tokens that fills at `perSecond`. */
export interface Limit {
  perSecond: number;
  burst: number;
}

/** What a process asks of one bucket: tokens for the requests that wait, and some for those that come next. */
export interface TokenRequest extends Limit {
  key: string;
  wanted: number;
  ahead: number;
}

export interface TokensGiven {
  key: string;
  /** Of those that were wanted. */
  granted: number;
  ahead: number;
  /** What is left in the bucket. */
  level: number;
}

export interface BucketStore {
  /** One statement for all buckets; a key may be named once. */
  take(requests: TokenRequest[]): Promise<TokensGiven[]>;
}

/** Tokens taken ahead are good for this long. They are no tokens any more afterwards: nobody gives them back. */
export const leaseMs = 100;

const insertSql = `
  INSERT INTO rate_bucket (key, tokens, granted, at)
  SELECT key, burst, true, COALESCE($3::timestamptz, clock_timestamp()) FROM unnest($1::text[], $2::float8[]) AS a(key, burst)
  ON CONFLICT (key) DO NOTHING`;

// The rows are locked in the order of their keys, so that two processes never wait for each other in a circle; what is in
// them, and the time, is read after that.
const takeSql = `
  WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[]) AS a(key, per_second, burst, wanted, ahead)
  ), locked AS MATERIALIZED (
    SELECT a.*, b.tokens, b.at FROM asked a JOIN rate_bucket b USING (key) ORDER BY key FOR UPDATE OF b
  ), timed AS (
    SELECT l.*, GREATEST(l.at, COALESCE($7::timestamptz, clock_timestamp())) AS now FROM locked l
  ), filled AS (
    SELECT t.*, LEAST(burst, tokens + extract(epoch FROM now - at)::float8 * per_second) AS level FROM timed t
  ), given AS (
    SELECT f.*, LEAST(wanted, GREATEST(0, floor(level))) AS granted FROM filled f
  ), rest AS (
    SELECT g.*, level - granted AS after, LEAST(level - granted, burst - per_second * $6::float8) AS clipped FROM given g
  ), leased AS (
    SELECT r.*, CASE WHEN granted < wanted THEN 0 ELSE LEAST(ahead, GREATEST(0, floor(clipped - burst / 4))) END AS lease FROM rest r
  )
  UPDATE rate_bucket b SET at = l.now, granted = l.granted = l.wanted, tokens = CASE WHEN l.lease > 0 THEN l.clipped - l.lease ELSE l.after END
  FROM leased l WHERE b.key = l.key
  RETURNING l.key, l.granted::int AS granted, l.lease::int AS ahead, b.tokens AS level`;

/**
 * The buckets that all processes share, in Postgres, under its clock. However many processes ask, and however they are
 * killed, a bucket never grants more than `burst + perSecond × t` in any time t:
 *
 * - Tokens for requests that wait leave the bucket at once. That is a plain token bucket.
 * - Tokens taken ahead leave it too, but may be spent up to `leaseMs` later, while the bucket fills again. So that bucket
 *   and leases together never hold more than `burst`, one that gives a lease is first clipped to `burst − perSecond × leaseMs`:
 *   until the lease ends at most `perSecond × leaseMs` flow in.
 * - None are given ahead from the last quarter of a bucket: what one process holds and may not need, another can have.
 *
 * The price is that under steady load a bucket gives up to `perSecond × leaseMs` less in a burst, never less in the long run.
 * `now` stands in for the database's clock in tests.
 */
export function createBucketStore(pool: pg.Pool, now?: () => Date): BucketStore {
  const ask = async (requests: TokenRequest[]): Promise<TokensGiven[]> => {
    const column = <T>(pick: (request: TokenRequest) => T): T[] => requests.map(pick);
    const values = [column((r) => r.key), column((r) => r.perSecond), column((r) => r.burst), column((r) => r.wanted), column((r) => r.ahead), leaseMs / 1_000, now?.() ?? null];
    return (await pool.query<TokensGiven>({ name: "take_tokens_of_many", text: takeSql, values })).rows;
  };
  return {
    take: async (requests) => {
      const given = await ask(requests);
      if (given.length === requests.length) return given;
      const known = new Set(given.map(({ key }) => key));
      const fresh = requests.filter(({ key }) => !known.has(key));
      await pool.query({ name: "fill_buckets", text: insertSql, values: [fresh.map(({ key }) => key), fresh.map(({ burst }) => burst), now?.() ?? null] });
      return [...given, ...(await ask(fresh))];
    },
  };
}
