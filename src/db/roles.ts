/** What a connection may do, by duty; the migration row_level_security says exactly what that is. */
export const databaseRoles = ["waystation_app", "waystation_ingest", "waystation_dispatch", "waystation_relay", "waystation_gate", "waystation_upkeep"] as const;
export type DatabaseRole = (typeof databaseRoles)[number];

/** For a connection's `options`: it takes the role before its first statement. */
export function inRole(role: DatabaseRole): string {
  return `-c role=${role}`;
}
