export { applyMigrations } from "./apply-migrations.ts";
