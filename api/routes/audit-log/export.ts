import { Readable } from "node:stream";
import { z } from "zod";
import type { Platform } from "../../../src/context.ts";
import { chainEntries, readHead } from "../../../src/db/repositories/audit-chain.ts";
import { textOf } from "../../../src/security/audit-chain.ts";
import type { AddRoute } from "../../types.ts";
import { auditedTenant, auditLogs } from "./whose.ts";

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString("hex"));

/** Oldest first, and the anchor at the end: an export that broke off is recognised by its missing last line. */
async function* linesOf(platform: Platform, tenantId: string | null): AsyncGenerator<string> {
  const { entries, head } = await readHead(platform.db, tenantId);
  for await (const entry of chainEntries(platform.db, tenantId, head)) {
    yield `${JSON.stringify({ position: Number(entry.position), previousHash: hex(entry.previousHash), hash: hex(entry.hash), text: textOf(entry) })}\n`;
  }
  yield `${JSON.stringify({ anchor: hex(head?.hash ?? null), entries, tenantId, exportedAt: platform.clock.now().toISOString() })}\n`;
}

export const addExportAuditLog: AddRoute = (api, platform) => {
  for (const { base, params, of } of auditLogs) {
    api.get(`${base}/export`, {
      config: { scope: "audit:read" },
      schema: {
        tags: ["Audit log"], summary: "Export the audit log",
        description: `All entries as NDJSON, oldest first: \`{ position, previousHash, hash, text }\`, where \`text\` is the entry as JSON and \`hash\` is SHA-256 over the bytes of \`previousHash\`, the position as 8 bytes (big-endian) and the text in UTF-8. The last line is the anchor, \`{ anchor, entries, tenantId, exportedAt }\`: keep it where nobody who can write to the database can change it, and give it to \`verify\` later. An export without it broke off. ${of}`,
        params,
        response: { 200: { description: "One JSON object a line", content: { "application/x-ndjson": { schema: z.string() } } } },
      },
    }, async (request, reply) => {
      const tenant = auditedTenant(request);
      void reply.type("application/x-ndjson").header("content-disposition", `attachment; filename="audit-log-${tenant ?? "platform"}.ndjson"`);
      return reply.send(Readable.from(linesOf(platform, tenant)) as never);
    });
  }
};
