export { migrationDrift } from "./migration-drift.ts";
