import type { Caller } from "../../context.ts";
import type { Tenant } from "../../generated/prisma/client.ts";
import { AppError, invalidField, notFound } from "../../lib/errors.ts";
import { enterTenant, isUniqueViolation, transactionOf, type Database } from "../client.ts";
import { recordAudit } from "./audit.ts";

// Tenants are never deleted: one that was seen stays, so that a platform key's every request needs no query for it.
const seen = new WeakMap<Database, Set<string>>();

export async function tenantExists(db: Database, id: string): Promise<boolean> {
  const known = seen.get(db) ?? new Set<string>();
  seen.set(db, known);
  if (known.has(id)) return true;
  const found = /^[a-z0-9][a-z0-9_-]{0,63}$/.test(id) && ((await db.hot.gate.query("SELECT 1 FROM tenant WHERE id = $1", [id])).rowCount ?? 0) > 0;
  if (found) known.add(id);
  return found;
}

/** @throws AppError conflict when the id is taken. */
export async function createTenant(db: Database, input: { id: string; name: string }, caller: Caller): Promise<Tenant> {
  try {
    return await db.transaction(async (tx) => {
      const tenant = await tx.tenant.create({ data: input });
      await enterTenant(tx, tenant.id);
      await recordAudit(tx, tenant.id, caller, { action: "tenant.created", subjectType: "tenant", subjectId: tenant.id, after: { id: tenant.id, name: tenant.name } });
      return tenant;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError("conflict", `There is a tenant "${input.id}" already.`);
    throw error;
  }
}

export interface TenantChange {
  name?: string | undefined;
  strictEventTypes?: boolean | undefined;
  eventRateLimit?: number | null | undefined;
}

/** Undefined leaves a field as it is. @throws AppError not_found */
export async function updateTenant(db: Database, id: string, change: TenantChange, caller: Caller): Promise<Tenant> {
  return await db.tenantTransaction(id, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM tenant WHERE id = ${id} FOR UPDATE`;
    const before = await tx.tenant.findUnique({ where: { id } });
    if (before === null) throw notFound("tenant");
    const { name, strictEventTypes, eventRateLimit } = change;
    const after = await tx.tenant.update({ where: { id }, data: { name, strictEventTypes, eventRateLimit } });
    await recordAudit(tx, id, caller, { action: "tenant.updated", subjectType: "tenant", subjectId: id, before, after });
    return after;
  });
}

/** Newest first. A tenant key sees its own alone, and a cursor of its own alone. */
export async function listTenants(db: Database, page: { limit: number; cursor?: string | undefined; only: string | null }): Promise<Tenant[]> {
  return await transactionOf(db, page.only, async (tx) => {
    const after = page.cursor === undefined ? null : await tx.tenant.findUnique({ where: { id: page.cursor } });
    // Tenants stay: a cursor that names none was not given by this list, and the first page again would be a loop.
    if (page.cursor !== undefined && after === null) throw invalidField("/cursor", "is not a cursor of this list");
    return await tx.tenant.findMany({
      where: {
        ...(page.only === null ? {} : { id: page.only }),
        ...(after === null ? {} : { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] }),
      },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: page.limit + 1,
    });
  });
}
