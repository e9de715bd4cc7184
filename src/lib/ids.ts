import { randomFillSync } from "node:crypto";

/** Every kind of id: prefix_<26 characters of a UUIDv7>, so that ids sort by the time they were made (TypeID 0.3). */
export type IdPrefix =
  | "key" | "int" | "ep" | "evt" | "dlv" | "inb" | "cand" | "ver" | "vat" | "doc" | "tl" | "aud" | "cmd" | "req" | "rec" | "sec";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const pairs = Array.from({ length: 1024 }, (_, value) => `${alphabet[value >> 5]}${alphabet[value & 31]}`);

const pool = new Uint32Array(1024);
let used = pool.length;
let lastMs = 0;
let lastTime = "";
let counter = 0;

/**
 * A new id. Those that one process makes in one millisecond sort in the order in which they were made: the twelve bits
 * after the time count (RFC 9562 § 6.2, method 1), 62 bits are random. By hand because every event and every delivery needs
 * one, and the library's way through a UUID's text takes ten times as long; the tests decode with the library.
 */
export function newId(prefix: IdPrefix): string {
  advance();
  const variant = 0x8000_0000;
  const c = ((random() & 0x3fff_ffff) | variant) >>> 0;
  return `${prefix}_${lastTime}${encode(0x7000 | counter, c, random())}`;
}

function advance(): void {
  const now = Date.now();
  counter += 1;
  // More than two thousand in one millisecond borrow the next one; a clock that goes back is waited for.
  if (now <= lastMs && counter <= 0xfff) return;
  lastMs = Math.max(now, lastMs + 1);
  counter = random() & 0x7ff;
  lastTime = timeOf(lastMs);
}

function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 1;
  return pool[used - 1] as number;
}

function pair(bits: number): string {
  return pairs[bits & 1023] as string;
}

/** 48 bits as ten characters of five bits, two zero bits in front. */
function timeOf(ms: number): string {
  const high = Math.floor(ms / 2 ** 30);
  const low = ms % 2 ** 30;
  return pair(high >>> 10) + pair(high) + pair(low >>> 20) + pair(low >>> 10) + pair(low);
}

/** 16, 32 and 32 bits as sixteen characters. */
function encode(a: number, b: number, c: number): string {
  return (
    pair(a >>> 6) + pair(((a & 63) << 4) | (b >>> 28)) + pair(b >>> 18) + pair(b >>> 8) + pair(((b & 255) << 2) | (c >>> 30)) + pair(c >>> 20) + pair(c >>> 10) + pair(c)
  );
}

/** What every id of that moment or later sorts behind. */
export function firstIdOf(prefix: IdPrefix, at: Date): string {
  return `${prefix}_${timeOf(at.getTime())}${"0".repeat(16)}`;
}

const idShape = /^[a-z]{2,8}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** True when the text has an id's shape with this prefix: a wrong id is answered without asking the database. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && idShape.test(text);
}
