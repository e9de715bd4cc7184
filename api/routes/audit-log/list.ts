import { z } from "zod";
import { listAuditEntries } from "../../../src/db/repositories/audit-list.ts";
import type { AuditEntry } from "../../../src/generated/prisma/client.ts";
import { pageOf, pageQuery, readCursor, timestamp, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { auditedTenant, auditLogs } from "./whose.ts";

const auditEntryResource = z.object({
  id: z.string(),
  at: timestamp,
  actor: z.object({ type: z.string(), id: z.string().nullable() }),
  sourceIp: z.string().nullable(),
  action: z.string(),
  subjectType: z.string(),
  subjectId: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  requestId: z.string().nullable(),
}).meta({
  id: "AuditEntry",
  examples: [{
    id: "aud_01jdmz8v5ye2f9m4r6sgk3x7qa", at: "2026-11-24T09:00:00.000Z", actor: { type: "api_key", id: "key_01jdmz8v5ye2f9m4r6sgk3x7qa" }, sourceIp: "203.0.113.9",
    action: "webhook_endpoint.created", subjectType: "webhook_endpoint", subjectId: "ep_01jdmz8v5ye2f9m4r6sgk3x7qa", before: null, after: { enabled: true }, requestId: "req_01jdmz8v5ye2f9m4r6sgk3x7qa",
  }],
});

const querystring = pageQuery.extend({
  action: z.string().regex(/^[a-z_]+\.[a-z_]+$/, "must look like webhook_endpoint.created").max(100).optional(),
  subjectId: z.string().regex(/^[\x21-\x7e]+$/, "must be printable ASCII").max(200).optional(),
});

function toResource(row: AuditEntry): z.infer<typeof auditEntryResource> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { type: row.actorType, id: row.actorId },
    sourceIp: row.sourceIp,
    action: row.action,
    subjectType: row.subjectType,
    subjectId: row.subjectId,
    before: row.before,
    after: row.after,
    requestId: row.requestId,
  };
}

export const addListAuditLog: AddRoute = (api, platform) => {
  for (const { base, params, of } of auditLogs) {
    api.get(base, {
      config: { scope: "audit:read" },
      schema: {
        tags: ["Audit log"], summary: "List audit entries", description: `Who changed what, when and from where; without secrets. ${of}`,
        params, querystring, response: { 200: pageOf(auditEntryResource) },
      },
    }, async (request) => {
      const { limit, cursor, action, subjectId } = request.query;
      const rows = await listAuditEntries(platform.db, auditedTenant(request), { limit, cursor: readCursor(cursor, "aud"), action, subjectId });
      return toPage(rows, limit, (row) => row.id, toResource);
    });
  }
};
