import { typeid } from "typeid-js";

/** Every kind of id: prefix_<26 characters of a UUIDv7>, so that ids sort by the time they were made (TypeID 0.3). */
export type IdPrefix =
  | "key" | "int" | "ep" | "evt" | "dlv" | "att" | "inb" | "cand" | "ver" | "vat" | "doc" | "tl" | "aud" | "cmd" | "req" | "rec";

export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

const idShape = /^[a-z]{2,8}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** True when the text has an id's shape with this prefix: a wrong id is answered without asking the database. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && idShape.test(text);
}
