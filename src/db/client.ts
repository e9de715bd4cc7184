import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { Prisma, PrismaClient } from "../generated/prisma/client.ts";
import type { Logger } from "../lib/logger.ts";
import { openHotPools, type HotPools } from "./hot-pool.ts";

export type Tx = Prisma.TransactionClient;

/** One pool for the process: Prisma for the models, the pool itself for the few statements where round trips count. */
export interface Database {
  prisma: PrismaClient;
  pool: pg.Pool;
  hot: Omit<HotPools, "close">;
  /** Runs all of it or none; the transaction knows its tenant (setting app.tenant_id). */
  tenantTransaction<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** For what belongs to no tenant: tenants themselves, platform keys. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Answers within the time limit or throws: for readiness. */
  ping(timeoutMs: number): Promise<void>;
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
  });
  // A pooled connection that dies while idle is replaced by the next checkout; without a listener Node would exit.
  pool.on("error", (error) => options.logger.warn({ err: error }, "an idle database connection was lost"));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const hot = openHotPools(options);

  return {
    prisma,
    pool,
    hot,
    tenantTransaction: (tenantId, work) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.tenant_id', ${tenantId}, true)`;
        return await work(tx);
      }, transactionLimits),
    transaction: (work) => prisma.$transaction(work, transactionLimits),
    ping: async (timeoutMs) => {
      await Promise.race([
        pool.query("SELECT 1"),
        new Promise((_, reject) => setTimeout(() => reject(new Error("Postgres did not answer in time")), timeoutMs).unref()),
      ]);
    },
    close: async () => {
      await prisma.$disconnect();
      await Promise.all([pool.end(), hot.close()]);
    },
  };
}

/** True when an insert met a row that was there before (unique constraint). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}
