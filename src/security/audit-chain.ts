import { createHash } from "node:crypto";

/** An audit entry as it is stored; `before` and `after` as Postgres writes jsonb, because a number or a key read and written again may look different. */
export interface ChainedEntry {
  id: string;
  tenantId: string | null;
  at: Date;
  actorType: string;
  actorId: string | null;
  sourceIp: string | null;
  requestId: string | null;
  action: string;
  subjectType: string;
  subjectId: string;
  before: string | null;
  after: string | null;
  position: bigint | null;
  previousHash: Uint8Array | null;
  hash: Uint8Array | null;
}

/**
 * `edited`: its content, its place or a hash is not what was written. `deleted`: what stood before it is gone. `inserted`: it
 * was put in later. `reordered`: it stands where another one stood. `cut` and `rewritten` are found with an anchor alone: the
 * chain ends before it, or this entry or an earlier one was changed and all hashes were made anew.
 */
export const breakReasons = ["edited", "deleted", "inserted", "reordered", "cut", "rewritten"] as const;
export type BreakReason = (typeof breakReasons)[number];
export interface ChainBreak {
  /** Null when nothing is left of the chain. */
  id: string | null;
  reason: BreakReason;
}

/** Whether the chain holds an entry with this value: asked where a link does not fit, to tell what was done. */
export type FindLink = (column: "hash" | "previousHash", value: Uint8Array) => Promise<boolean>;

const beforeFirst = new Uint8Array(32);

/** The text that is hashed: the same that audit_entry_text makes in the database, made here without trusting it. */
export function textOf(entry: ChainedEntry): string {
  const text = (value: string | null): string => JSON.stringify(value);
  return `{"id":${text(entry.id)},"tenantId":${text(entry.tenantId)},"at":"${entry.at.toISOString()}","actorType":${text(entry.actorType)},"actorId":${text(entry.actorId)},`
    + `"sourceIp":${text(entry.sourceIp)},"requestId":${text(entry.requestId)},"action":${text(entry.action)},"subjectType":${text(entry.subjectType)},`
    + `"subjectId":${text(entry.subjectId)},"before":${entry.before ?? "null"},"after":${entry.after ?? "null"}}`;
}

/** SHA-256 over the hash before ‖ the position (8 bytes, big-endian) ‖ the text. */
export function linkHash(previous: Uint8Array, position: bigint, text: string): Buffer {
  const at = Buffer.alloc(8);
  at.writeBigInt64BE(position);
  return createHash("sha256").update(previous).update(at).update(text, "utf8").digest();
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Judges an entry by the one before it (null before the first). Null when it follows. */
export async function breakAt(entry: ChainedEntry, prior: ChainedEntry | null, find: FindLink): Promise<ChainBreak | null> {
  const { id, position, previousHash, hash } = entry;
  const expected = (prior?.position ?? 0n) + 1n;
  if (position === null || previousHash === null || hash === null || position < expected) return { id, reason: "inserted" };
  if (position > expected) return { id, reason: "deleted" };
  const head = prior?.hash ?? beforeFirst;
  const text = textOf(entry);
  const intact = same(linkHash(previousHash, position, text), hash);
  if (same(previousHash, head)) return intact ? null : { id, reason: "edited" };
  // Its own text and hash still follow the entry before: only the note of what it follows was changed.
  if (same(linkHash(head, position, text), hash)) return { id, reason: "edited" };
  return await whyUnlinked({ entry, prior, intact, find, follows: previousHash });
}

/** What an entry says it follows is not what stands before it. */
async function whyUnlinked(at: { entry: ChainedEntry; prior: ChainedEntry | null; intact: boolean; follows: Uint8Array; find: FindLink }): Promise<ChainBreak> {
  const { entry, prior, intact, follows, find } = at;
  // Two that follow the same one: of these, the one that nothing follows was put in.
  if (prior?.hash != null && prior.previousHash !== null && same(prior.previousHash, follows)) {
    return { id: (await find("previousHash", prior.hash)) ? entry.id : prior.id, reason: "inserted" };
  }
  if (await find("hash", follows)) return { id: entry.id, reason: "reordered" };
  // It is as it was, at its own place: what it followed was written anew.
  if (intact && prior !== null) return { id: prior.id, reason: "edited" };
  return { id: entry.id, reason: "deleted" };
}
