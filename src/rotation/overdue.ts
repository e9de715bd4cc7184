import type { Platform } from "../context.ts";
import { ensureStarted } from "../temporal/outbox.ts";
import { retirementStart } from "./keep-former.ts";

const atOnce = 50;

/** A run that was terminated left something sealed that nobody may use any more: it is started again and finishes. */
export async function restartOverdue(platform: Platform): Promise<number> {
  const { rows } = await platform.db.hot.upkeep.query<{ id: string; tenant_id: string }>(
    `SELECT id, tenant_id FROM former_secret WHERE retired_at IS NULL AND valid_until < now() - interval '5 minutes' ORDER BY random() LIMIT ${atOnce}`,
  );
  for (const { id, tenant_id: tenantId } of rows) {
    const former = await platform.db.tenantTransaction(tenantId, (tx) => tx.formerSecret.findFirst({ where: { tenantId, id, retiredAt: null } }));
    if (former !== null) await ensureStarted(platform, tenantId, retirementStart(platform, former));
  }
  return rows.length;
}
