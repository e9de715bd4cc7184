import { Prisma } from "../../generated/prisma/client.ts";

export type RecoveryKind = "resend" | "route_again";

/** What a job was asked for, as its row keeps it. */
export interface RecoveryFilter {
  endpointId?: string | undefined;
  eventType?: string | undefined;
  /** Of the deliveries to resend. */
  status: string[];
  since?: string | undefined;
  until: string;
}

/** One step of a job: how many rows it changed, and where the next begins; null when none is left. */
export interface RecoveryStep {
  done: number;
  cursor: string | null;
}

export const rowsPerStep = 500;
/** Live traffic keeps its place: recovered deliveries come due one by one, not all at once. */
export const recoveredPerSecond = 200;

export function within(table: Prisma.Sql, { since, until }: RecoveryFilter): Prisma.Sql {
  const start = since === undefined ? Prisma.empty : Prisma.sql`AND ${table}.created_at >= ${since}::timestamptz`;
  return Prisma.sql`${start} AND ${table}.created_at <= ${until}::timestamptz`;
}

export function ofType({ eventType }: RecoveryFilter): Prisma.Sql {
  return eventType === undefined ? Prisma.empty : Prisma.sql`AND e.type = ${eventType}`;
}

/** For delivery d: a person's word counts for more than a deadline that passed: what is sent again has a new week then. */
export const renewedDeadline = Prisma.sql`CASE WHEN COALESCE(d.expires_at, d.created_at + interval '7 days') > now() + interval '1 minute' THEN d.expires_at ELSE now() + interval '7 days' END`;
