import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { Prisma, PrismaClient } from "../generated/prisma/client.ts";
import type { Logger } from "../lib/logger.ts";
import { openHotPools, type HotPools } from "./hot-pool.ts";
import { checkRoles } from "./role-check.ts";
import { inRole } from "./roles.ts";

export type Tx = Prisma.TransactionClient;

/**
 * The models are reached in transactions alone, in a role that sees the rows of the tenant that the transaction names; what
 * serves many tenants at once goes through the pool of its duty. No connection keeps the login's own rights.
 */
export interface Database {
  hot: Omit<HotPools, "close">;
  /** Runs all of it or none, for the rows of one tenant. */
  tenantTransaction<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** For what belongs to no tenant: the list of tenants, platform keys, the platform's own audit log. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Answers within the time limit or throws: for readiness. */
  ping(timeoutMs: number): Promise<void>;
  /** Once at the start of a process. @throws when Postgres would not keep the tenants apart. */
  checkRoles(): Promise<void>;
  close(): Promise<void>;
}

const transactionLimits = { maxWait: 10_000, timeout: 20_000 };

export function openDatabase(options: { url: string; poolSize: number; logger: Logger }): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: "waystation",
    options: inRole("waystation_app"),
  });
  // A pooled connection that dies while idle is replaced by the next checkout; without a listener Node would exit.
  pool.on("error", (error) => options.logger.warn({ err: error }, "an idle database connection was lost"));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const hot = openHotPools(options);

  return {
    hot,
    tenantTransaction: (tenantId, work) =>
      prisma.$transaction(async (tx) => {
        await enterTenant(tx, tenantId);
        return await work(tx);
      }, transactionLimits),
    transaction: (work) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.platform', 'on', true)`;
        return await work(tx);
      }, transactionLimits),
    ping: async (timeoutMs) => {
      await Promise.race([
        pool.query("SELECT 1"),
        new Promise((_, reject) => setTimeout(() => reject(new Error("Postgres did not answer in time")), timeoutMs).unref()),
      ]);
    },
    checkRoles: () => checkRoles(options.url),
    close: async () => {
      await prisma.$disconnect();
      await Promise.all([pool.end(), hot.close()]);
    },
  };
}

/** From here to its end the transaction sees the rows of this tenant. */
export async function enterTenant(tx: Tx, tenantId: string): Promise<void> {
  await tx.$executeRaw`SELECT set_config('app.tenant_id', ${tenantId}, true)`;
}

/** For what a tenant has as the platform itself (null) has it. */
export function transactionOf<T>(db: Database, tenantId: string | null, work: (tx: Tx) => Promise<T>): Promise<T> {
  return tenantId === null ? db.transaction(work) : db.tenantTransaction(tenantId, work);
}

/** True when an insert met a row that was there before (unique constraint). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}
