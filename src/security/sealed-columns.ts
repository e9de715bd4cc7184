import type { VaultPlace } from "./vault.ts";

/** A column whose values the vault sealed: what rotating the key ring goes through. */
export interface SealedColumn {
  table: string;
  column: string;
  /** The primary key, one column or two. */
  key: [string] | [string, string];
  /** The column that holds the place's tenant. */
  tenant: string;
  /** The column that holds the place's id. */
  id: string;
  /** Under which table's name the values were sealed, where they have moved since. */
  sealedAs?: string;
}

const ofTenant = (table: string, column: string): SealedColumn => ({ table, column, key: ["id"], tenant: "tenant_id", id: "id" });

/** Every one of them; a test holds this list against the schema. */
export const sealedColumns: readonly SealedColumn[] = [
  ofTenant("integration", "credentials"),
  ofTenant("webhook_endpoint", "secret"),
  ofTenant("webhook_endpoint", "previous_secret"),
  ofTenant("webhook_endpoint", "secret_headers"),
  ofTenant("former_secret", "secret"),
  ofTenant("candidate", "personal"),
  ofTenant("document", "content"),
  { ...ofTenant("inbound_body", "body"), sealedAs: "inbound_event" },
  // A kept answer belongs to the key that asked: its scope stands where the tenant stands elsewhere.
  { table: "idempotency_record", column: "answer", key: ["scope", "key"], tenant: "scope", id: "key" },
];

export function placeIn({ table, column, sealedAs = table }: SealedColumn, row: { tenant: string; id: string }): VaultPlace {
  return { tenantId: row.tenant, table: sealedAs, column, id: row.id };
}
