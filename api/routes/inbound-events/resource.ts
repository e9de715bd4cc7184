import { z } from "zod";
import { inboundStatuses, type InboundRow, type InboundStatus } from "../../../src/db/repositories/inbound-events.ts";
import { timestamp } from "../../schemas.ts";

export const inboundResource = z.object({
  id: z.string(),
  provider: z.string(),
  integrationId: z.string(),
  externalId: z.string().nullable().meta({ description: "The provider's own id of the event; null when it was rejected" }),
  type: z.string().nullable(),
  status: z.enum(inboundStatuses),
  reason: z.string().nullable(),
  duplicates: z.number().int().meta({ description: "How often the same event came again; of a refusal, how many more like it came in its minute" }),
  conflicts: z.number().int().meta({ description: "How many of the repetitions said something else under the same id, validly signed: the first one counts" }),
  workflowId: z.string().nullable().meta({ description: "The run that was told" }),
  sourceIp: z.string().nullable().meta({ description: "Where it came from; null in a row that counts refusals from many addresses" }),
  receivedAt: timestamp,
  processedAt: timestamp.nullable(),
}).meta({
  id: "InboundEvent",
  examples: [{
    id: "inb_01jdmz8v5ye2f9m4r6sgk3x7qa", provider: "sumsub", integrationId: "int_01jdmz8v5ye2f9m4r6sgk3x7qb", externalId: "applicantReviewed:65f1c0de", type: "applicantReviewed",
    status: "processed", reason: null, duplicates: 0, conflicts: 0, workflowId: "verification/acme/ver_01jdmz8v5ye2f9m4r6sgk3x7qc", sourceIp: "192.0.2.17", receivedAt: "2026-11-24T09:00:00.000Z", processedAt: "2026-11-24T09:00:00.200Z",
  }],
});

export function toInboundResource(row: InboundRow): z.infer<typeof inboundResource> {
  return {
    id: row.id,
    provider: row.provider,
    integrationId: row.integrationId,
    externalId: row.status === "rejected" ? null : row.externalId,
    type: row.type,
    status: row.status as InboundStatus,
    reason: row.reason,
    duplicates: row.duplicates,
    conflicts: row.conflicts,
    workflowId: row.workflowId,
    sourceIp: row.sourceIp,
    receivedAt: row.receivedAt.toISOString(),
    processedAt: row.processedAt?.toISOString() ?? null,
  };
}
