// npm run migrate: brings the database of DATABASE_URL up to date.
import { applyMigrations } from "../src/db/migrate/apply.ts";

const databaseUrl = process.env["DATABASE_URL"];
try {
  if (databaseUrl === undefined || databaseUrl === "") throw new Error("set DATABASE_URL to the database to migrate");
  const applied = await applyMigrations({ databaseUrl });
  console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
} catch (error) {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  const words = message === "AggregateError" && typeof code === "string" ? code : message;
  console.error(`Migration failed: ${words.replaceAll(/\s*\n\s*/g, " ")}`);
  process.exitCode = 1;
}
