import type { Database, Tx } from "../db/client.ts";
import { maxFormerSecrets, useIsSeen, type SecretKind } from "../domain/rotation.ts";
import { Prisma, type FormerSecret } from "../generated/prisma/client.ts";
import { AppError, notFound } from "../lib/errors.ts";
import { isId } from "../lib/ids.ts";
import type { VaultPlace } from "../security/vault.ts";

/** What has the secrets: an integration, an endpoint, or a lineage of API keys by the id of its first key. */
export interface SecretSubject {
  tenantId: string;
  kind: SecretKind;
  subjectId: string;
}

export function formerPlace(tenantId: string, id: string): VaultPlace {
  return { tenantId, table: "former_secret", column: "secret", id };
}

/** An API key is rotated once, so that its own id names the row, and needs no other. */
export const formerIdOfKey = (keyId: string): string => `sec_${keyId.slice("key_".length)}`;
export const keyIdOfFormer = (secretId: string): string => `key_${secretId.slice("sec_".length)}`;

/** A former secret as the API shows it. Of an endpoint's nobody here can see whether its receiver still checks it: uses is null. */
export function toFormerResource(row: FormerSecret) {
  const seen = useIsSeen(row.kind as SecretKind);
  return {
    id: row.id,
    replacedAt: row.replacedAt.toISOString(),
    validUntil: row.validUntil.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    uses: seen ? row.uses : null,
  };
}
export type FormerResource = ReturnType<typeof toFormerResource>;

const tables: Record<SecretKind, Prisma.Sql> = { integration: Prisma.sql`integration`, webhook_endpoint: Prisma.sql`webhook_endpoint`, api_key: Prisma.sql`api_key` };

/** Held until the transaction ends: rotations, retirements and extensions of one subject come one after the other. */
export async function lockSubject(tx: Tx, { tenantId, kind, subjectId }: SecretSubject): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM ${tables[kind]} WHERE tenant_id = ${tenantId} AND id = ${subjectId} FOR UPDATE`;
}

/** Those that are valid now, newest first. */
export async function listFormer(tx: Tx, { tenantId, kind, subjectId }: SecretSubject, now: Date): Promise<FormerSecret[]> {
  return await tx.formerSecret.findMany({ where: { tenantId, kind, subjectId, retiredAt: null, validUntil: { gt: now } }, orderBy: [{ replacedAt: "desc" }, { id: "desc" }] });
}

/** As `listFormer`, for what a list shows, by subject. */
export async function formerBySubject(db: Database, tenantId: string, { kind, subjectIds, now }: { kind: SecretKind; subjectIds: string[]; now: Date }): Promise<Map<string, FormerResource[]>> {
  if (subjectIds.length === 0) return new Map();
  const rows = await db.tenantTransaction(tenantId, (tx) =>
    tx.formerSecret.findMany({ where: { tenantId, kind, subjectId: { in: subjectIds }, retiredAt: null, validUntil: { gt: now } }, orderBy: [{ replacedAt: "desc" }, { id: "desc" }], omit: { secret: true } }),
  );
  return new Map([...Map.groupBy(rows, (row) => row.subjectId)].map(([id, found]) => [id, found.map((row) => toFormerResource({ ...row, secret: null }))]));
}

/** @throws AppError not_found; illegal_state when it is no longer valid */
export async function findInOverlap(tx: Tx, { tenantId, kind, subjectId }: SecretSubject, id: string, now: Date): Promise<FormerSecret> {
  const row = isId("sec", id) ? await tx.formerSecret.findFirst({ where: { tenantId, kind, subjectId, id } }) : null;
  if (row === null) throw notFound("former secret");
  if (row.retiredAt !== null || row.validUntil <= now) throw new AppError("illegal_state", "The former secret is no longer valid.");
  return row;
}

/** @throws AppError too_many_secrets */
export async function assertRoomForFormer(tx: Tx, subject: SecretSubject, now: Date): Promise<void> {
  if ((await listFormer(tx, subject, now)).length < maxFormerSecrets) return;
  throw new AppError("too_many_secrets", `${maxFormerSecrets} former secrets are still valid, and no more may be. Retire one, wait for an overlap to end, or rotate with overlapSeconds 0, which ends all of them.`);
}
