import { z } from "zod";
import { verifyChain, type AuditAnchor } from "../../../src/db/repositories/audit-chain.ts";
import { invalidField } from "../../../src/lib/errors.ts";
import { breakReasons } from "../../../src/security/audit-chain.ts";
import type { AddRoute } from "../../types.ts";
import { auditedTenant, auditLogs } from "./whose.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");

const querystring = z.strictObject({
  anchor: hash.optional().meta({ description: "`anchor` of an export's last line; together with `entries`" }),
  entries: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({ description: "`entries` of an export's last line" }),
});

const verdict = z.object({
  valid: z.boolean(),
  entries: z.number().int().meta({ description: "How many there are" }),
  head: z.object({ id: z.string(), hash }).nullable().meta({ description: "The newest entry; null while there is none" }),
  firstBroken: z.object({
    id: z.string().nullable(),
    reason: z.enum(breakReasons).meta({
      description: [
        "`edited`: the entry is not as it was written.", "`deleted`: what stood before it is gone.", "`inserted`: it was put in later.", "`reordered`: it stands at another's place.",
        "`cut`: the log ends before the anchor; the id is that of the last entry left.", "`rewritten`: this entry or one before it was changed, and all hashes were made anew.",
      ].join(" "),
    }),
  }).nullable().meta({ description: "Where the chain stops being whole; what comes after it is not judged" }),
}).meta({
  id: "AuditVerdict",
  examples: [{ valid: true, entries: 1204, head: { id: "aud_01jdmz8v5ye2f9m4r6sgk3x7qa", hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }, firstBroken: null }],
});

/** @throws AppError invalid, when only one half of an anchor is given */
function anchorOf({ anchor, entries }: z.infer<typeof querystring>): AuditAnchor | undefined {
  if (anchor !== undefined && entries !== undefined) return { hash: Buffer.from(anchor, "hex"), entries };
  if (anchor === undefined && entries === undefined) return undefined;
  throw invalidField(anchor === undefined ? "/anchor" : "/entries", "must be given too: an anchor is a hash and a number of entries");
}

export const addVerifyAuditLog: AddRoute = (api, platform) => {
  for (const { base, params, of } of auditLogs) {
    api.get(`${base}/verify`, {
      config: { scope: "audit:read" },
      schema: {
        tags: ["Audit log"], summary: "Verify the audit log",
        description: `Every entry holds the hash of the one before it. This follows the chain from the first to the newest and names the first entry that is not as it was written. That the newest entries were cut off, or that all was written anew, only an anchor shows: give one that was exported earlier. ${of}`,
        params, querystring, response: { 200: verdict },
      },
    }, async (request) => {
      const { valid, entries, head, firstBroken } = await verifyChain(platform.db, auditedTenant(request), anchorOf(request.query));
      return { valid, entries, head: head === null ? null : { id: head.id, hash: Buffer.from(head.hash).toString("hex") }, firstBroken };
    });
  }
};
