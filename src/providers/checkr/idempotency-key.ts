import { createHash } from "node:crypto";

/** The same for every attempt at one thing, and of one length whatever our ids hold. */
export function keyOf(what: string, id: string): string {
  return createHash("sha256").update(`waystation/${what}/${id}`).digest("hex");
}
