import { randomUUID } from "node:crypto";
import { onfidoTime, type OnfidoStore, type StoredAttempt } from "./sandbox-store.ts";

/** The reports of a check, still without results; answers their ids. */
export function makeReports(store: OnfidoStore, check: StoredAttempt, names: readonly string[]): string[] {
  return names.map((name) => {
    const id = randomUUID();
    store.saveReport({ id, check_id: check.id, name, status: "awaiting_data", result: null, sub_result: null, breakdown: {}, properties: {}, created_at: onfidoTime(), href: `/v3.6/reports/${id}` });
    return id;
  });
}
