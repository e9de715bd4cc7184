import pg from "pg";
import { connectionParts, migrationAdapterFactory } from "./adapter.ts";
import { withEngine } from "./engine.ts";
import { readMigrations, readSchema, wholeSchema } from "./migration-files.ts";

// Any number will do as long as it stays: every process that migrates asks for this same lock.
const lockKey = 7_629_411;
const lockWaitMs = 10 * 60_000;

/** Runs the work while this session holds the lock; a second process waits. The lock dies with the session. */
async function withMigrationLock<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connectionParts(databaseUrl), application_name: "waystation-migrate" });
  // A connection that breaks while the work runs must not end the process by an unhandled event: the work fails by itself.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query("SELECT pg_advisory_lock($1)", [lockKey]);
    return await work();
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Applies every committed migration that the database lacks and records it in Prisma's own table `_prisma_migrations`,
 * so that `prisma migrate` can take over where its engine is at hand.
 * @returns the names of the migrations applied now.
 * @throws when a migration fails, was edited after it was applied, or is missing from the folder.
 */
export async function applyMigrations(options: { databaseUrl: string; directory?: string }): Promise<string[]> {
  const migrationsList = await readMigrations(options.directory);
  const schema = await readSchema();
  const adapterFactory = migrationAdapterFactory(options.databaseUrl);
  return await withMigrationLock(options.databaseUrl, () =>
    withEngine({ schema, adapterFactory }, async (engine) => {
      const state = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: wholeSchema });
      if (state.editedMigrationNames.length > 0) {
        throw new Error(`These migrations were edited after they had been applied: ${state.editedMigrationNames.join(", ")}.`);
      }
      if (state.history?.diagnostic === "historiesDiverge" || state.history?.diagnostic === "migrationsDirectoryIsBehind") {
        const unknown = state.history.unpersistedMigrationNames.join(", ");
        throw new Error(`The database has migrations that this version does not know: ${unknown}.`);
      }
      return (await engine.applyMigrations({ migrationsList, filters: wholeSchema })).appliedMigrationNames;
    }),
  );
}
