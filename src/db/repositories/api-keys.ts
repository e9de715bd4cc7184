import type { Caller } from "../../context.ts";
import type { APIKey } from "../../generated/prisma/client.ts";
import { notFound } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
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
  expiresAt: Date | null;
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

/** Revoking again changes nothing. */
export async function revokeApiKey(db: Database, tenantId: string, id: string, at: Date, caller: Caller): Promise<void> {
  await db.tenantTransaction(tenantId, (tx) => endKey(tx, tenantId, id, at, caller));
}

async function endKey(tx: Tx, tenantId: string, id: string, at: Date, caller: Caller): Promise<void> {
  const before = await tx.aPIKey.findFirst({ where: { tenantId, id } });
  if (before === null) throw notFound("API key");
  if (before.revokedAt !== null && before.revokedAt <= at) return;
  const after = await tx.aPIKey.update({ where: { id }, data: { revokedAt: at } });
  forgetKey(before.prefix);
  await recordAudit(tx, tenantId, caller, { action: "api_key.revoked", subjectType: "api_key", subjectId: id, before: toApiKeyResource(before), after: toApiKeyResource(after) });
}

/** A new key with the same rights; the old one stays valid until the overlap ends. Both changes are one. */
export async function rotateApiKey(db: Database, tenantId: string, id: string, overlapSeconds: number, now: Date, caller: Caller): Promise<{ row: APIKey; secret: string }> {
  return await db.tenantTransaction(tenantId, async (tx) => {
    const old = await tx.aPIKey.findFirst({ where: { tenantId, id } });
    if (old === null) throw notFound("API key");
    const created = await insertKey(tx, tenantId, { name: old.name, scopes: old.scopes, allowedIps: old.allowedIps, expiresAt: old.expiresAt }, caller);
    await endKey(tx, tenantId, id, new Date(now.getTime() + overlapSeconds * 1000), caller);
    return created;
  });
}
