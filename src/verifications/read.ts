import type { Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { notFound } from "../lib/errors.ts";
import { toVerificationResource, withParts, type VerificationResource, type VerificationRow } from "./resource.ts";

/** @throws AppError not_found, also for another tenant's verification. */
export async function loadVerification(tx: Tx, tenantId: string, id: string): Promise<VerificationRow> {
  const row = await tx.verification.findFirst({ where: { tenantId, id }, include: withParts });
  if (row === null) throw notFound("verification");
  return row;
}

/** The same, with the row locked: the next transition is decided on what is written, not on what was read before. */
export async function lockVerification(tx: Tx, tenantId: string, id: string): Promise<VerificationRow> {
  await tx.$queryRaw`SELECT id FROM verification WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
  return await loadVerification(tx, tenantId, id);
}

export async function getVerification(platform: Platform, tenantId: string, id: string): Promise<VerificationResource> {
  const row = await platform.db.tenantTransaction(tenantId, (tx) => loadVerification(tx, tenantId, id));
  return await toVerificationResource(platform, row);
}

/** Newest first; `cursor` is the last id of the page before. */
export async function listVerifications(
  platform: Platform,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; status?: string | undefined },
): Promise<{ data: VerificationResource[]; nextCursor: string | null }> {
  const rows = await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.verification.findMany({
      where: { tenantId, ...(page.status === undefined ? {} : { status: page.status }), ...(page.cursor === undefined ? {} : { id: { lt: page.cursor } }) },
      orderBy: { id: "desc" },
      take: page.limit + 1,
      include: withParts,
    }),
  );
  const shown = rows.slice(0, page.limit);
  return {
    data: await Promise.all(shown.map((row) => toVerificationResource(platform, row))),
    nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
  };
}
