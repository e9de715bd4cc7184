import type { Caller, Platform } from "../../context.ts";
import type { APIKey } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { formerIdOfKey, lockSubject } from "../../rotation/former-secrets.ts";
import { keepFormer } from "../../rotation/keep-former.ts";
import { retireFormer, tellRun } from "../../rotation/retire.ts";
import { sendAll } from "../../rotation/send-all.ts";
import { generateApiKey, sameDigest, type GeneratedApiKey } from "../../security/api-keys.ts";
import type { Database, Tx } from "../client.ts";
import { modelRow } from "../model-row.ts";
import { recordAudit } from "./audit.ts";

const touchEveryMs = 60_000;

/** How long a key's row is believed without asking again: a revoked key is refused within this time in every process. */
const believedMs = 750;
const maxBelieved = 10_000;
const believed = new Map<string, { row: APIKey; until: number }>();

/** In the process that revokes it a key is refused at once: asked for again after this transaction. */
function forgetKey(prefix: string): void {
  believed.delete(prefix);
}

/** The row of a key that is valid now, or null. */
export async function findActiveKey(db: Database, key: GeneratedApiKey, now: Date): Promise<APIKey | null> {
  const row = await findKey(db, key.prefix);
  if (row === null || !sameDigest(row.secretHash, key.secretHash)) return null;
  if (row.revokedAt !== null && row.revokedAt <= now) return null;
  return row.expiresAt !== null && row.expiresAt <= now ? null : row;
}

/** Whether this process has seen the key valid lately; its row may have changed since. */
export function isKnownKey(key: GeneratedApiKey): boolean {
  const known = believed.get(key.prefix);
  return known !== undefined && sameDigest(known.row.secretHash, key.secretHash);
}

async function findKey(db: Database, prefix: string): Promise<APIKey | null> {
  const known = believed.get(prefix);
  if (known !== undefined && known.until > performance.now()) return known.row;
  const { rows } = await db.hot.gate.query<Record<string, unknown>>({ name: "key_by_prefix", text: "SELECT * FROM api_key WHERE prefix = $1", values: [prefix] });
  const row = rows[0] === undefined ? null : modelRow<APIKey>(rows[0]);
  if (believed.size >= maxBelieved) believed.clear();
  // Unknown keys are not remembered: somebody may be about to create this one.
  if (row === null) believed.delete(prefix);
  else believed.set(prefix, { row, until: performance.now() + believedMs });
  return row;
}

export async function touchKey(db: Database, key: APIKey): Promise<void> {
  if (key.lastUsedAt !== null && Date.now() - key.lastUsedAt.getTime() < touchEveryMs) return;
  await db.hot.gate.query("UPDATE api_key SET last_used_at = now() WHERE id = $1", [key.id]);
}

/** A key as the API shows it: never its secret. */
export function toApiKeyResource(row: APIKey) {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    allowedIps: row.allowedIps,
    rateLimit: row.rateLimit,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export interface NewApiKey {
  name: string;
  scopes: string[];
  allowedIps: string[];
  rateLimit: number | null;
  expiresAt: Date | null;
  /** For one that follows another by rotation. */
  lineageId?: string;
}

/** Creates a key; its text is in the answer and nowhere else. */
export async function createApiKey(db: Database, tenantId: string, input: NewApiKey, caller: Caller): Promise<{ row: APIKey; secret: string }> {
  return await db.tenantTransaction(tenantId, (tx) => insertKey(tx, tenantId, input, caller));
}

async function insertKey(tx: Tx, tenantId: string, input: NewApiKey, caller: Caller): Promise<{ row: APIKey; secret: string }> {
  const generated = generateApiKey();
  const row = await tx.aPIKey.create({ data: { id: newId("key"), tenantId, ...input, prefix: generated.prefix, secretHash: new Uint8Array(generated.secretHash) } });
  await recordAudit(tx, tenantId, caller, { action: "api_key.created", subjectType: "api_key", subjectId: row.id, after: toApiKeyResource(row) });
  return { row, secret: generated.secret };
}

export async function getApiKey(db: Database, tenantId: string, id: string): Promise<APIKey> {
  const row = await db.tenantTransaction(tenantId, (tx) => tx.aPIKey.findFirst({ where: { tenantId, id } }));
  if (row === null) throw notFound("API key");
  return row;
}

export async function listApiKeys(db: Database, tenantId: string, page: { limit: number; cursor?: string | undefined }): Promise<APIKey[]> {
  return await db.tenantTransaction(tenantId, (tx) =>
    tx.aPIKey.findMany({ where: { tenantId, ...(page.cursor === undefined ? {} : { id: { lt: page.cursor } }) }, orderBy: { id: "desc" }, take: page.limit + 1 }),
  );
}

/** Fields that are absent stay. */
export async function updateApiKey(db: Database, tenantId: string, id: string, change: Partial<Pick<NewApiKey, "name" | "allowedIps" | "rateLimit">>, caller: Caller): Promise<APIKey> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const before = await tx.aPIKey.findFirst({ where: { tenantId, id } });
    if (before === null) throw notFound("API key");
    const after = await tx.aPIKey.update({ where: { id }, data: change });
    forgetKey(before.prefix);
    await recordAudit(tx, tenantId, caller, { action: "api_key.updated", subjectType: "api_key", subjectId: id, before: toApiKeyResource(before), after: toApiKeyResource(after) });
    return after;
  });
}

/** Revoking again changes nothing. One that was rotated and is revoked before its overlap ends is retired as well. */
export async function revokeApiKey(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<void> {
  const commandId = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const now = platform.clock.now();
    const { lineageId } = await lockKey(tx, tenantId, id);
    await endKey(tx, tenantId, id, now, caller);
    const former = await tx.formerSecret.findFirst({ where: { tenantId, kind: "api_key", subjectId: lineageId ?? id, id: formerIdOfKey(id), retiredAt: null } });
    if (former === null) return null;
    await retireFormer(tx, former, { by: caller, now, reason: "the key was revoked" });
    return await tellRun(tx, former);
  });
  if (commandId !== null) await sendAll(platform, [commandId]);
}

async function endKey(tx: Tx, tenantId: string, id: string, at: Date, caller: Caller): Promise<void> {
  const before = await findKeyRow(tx, tenantId, id);
  if (before.revokedAt !== null && before.revokedAt <= at) return;
  const after = await tx.aPIKey.update({ where: { id }, data: { revokedAt: at } });
  forgetKey(before.prefix);
  await recordAudit(tx, tenantId, caller, { action: "api_key.revoked", subjectType: "api_key", subjectId: id, before: toApiKeyResource(before), after: toApiKeyResource(after) });
}

async function findKeyRow(tx: Tx, tenantId: string, id: string): Promise<APIKey> {
  const row = await tx.aPIKey.findFirst({ where: { tenantId, id } });
  if (row === null) throw notFound("API key");
  return row;
}

/** Locks the key's lineage: its keys are rotated, revoked and retired one after the other. */
async function lockKey(tx: Tx, tenantId: string, id: string): Promise<APIKey> {
  const { lineageId } = await findKeyRow(tx, tenantId, id);
  await lockSubject(tx, { tenantId, kind: "api_key", subjectId: lineageId ?? id });
  return await findKeyRow(tx, tenantId, id);
}

/**
 * A new key with the same rights; the old one stays valid until the overlap ends. Both changes are one.
 * @throws AppError not_found, illegal_state, too_many_secrets
 */
export async function rotateApiKey(platform: Platform, tenantId: string, id: string, overlapSeconds: number, caller: Caller): Promise<{ row: APIKey; secret: string }> {
  const { created, commandIds } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const now = platform.clock.now();
    const old = await lockKey(tx, tenantId, id);
    // Rotating again would stretch the first rotation's overlap, or bring a dead key back to life.
    if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= now)) throw new AppError("illegal_state", "The key was rotated or revoked before, or has expired.");
    const lineageId = old.lineageId ?? id;
    const made = await insertKey(tx, tenantId, { name: old.name, scopes: old.scopes, allowedIps: old.allowedIps, rateLimit: old.rateLimit, expiresAt: old.expiresAt, lineageId }, caller);
    await endKey(tx, tenantId, id, new Date(now.getTime() + overlapSeconds * 1000), caller);
    const kept = await keepFormer(platform, tx, { tenantId, kind: "api_key", subjectId: lineageId, id: formerIdOfKey(id), sealed: null, now, overlapSeconds, endsAt: old.expiresAt }, caller);
    return { created: made, commandIds: kept.commandIds };
  });
  await sendAll(platform, commandIds);
  return created;
}
