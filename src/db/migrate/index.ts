export { applyMigrations } from "./apply-migrations.ts";
export { migrationDrift } from "./migration-drift.ts";
