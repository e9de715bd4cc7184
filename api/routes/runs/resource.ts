import { z } from "zod";
import type { Platform } from "../../../src/context.ts";
import type { Run } from "../../../src/generated/prisma/client.ts";
import type { TimelineItem } from "../../../src/db/repositories/timeline.ts";
import { timestamp } from "../../schemas.ts";

const fields = {
  workflowId: z.string(),
  kind: z.string(),
  subjectId: z.string(),
  provider: z.string().nullable(),
  status: z.string(),
  step: z.string(),
  problem: z.string().nullable().meta({ description: "Set when a person must act before the run can go on" }),
  nextTimer: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
  closedAt: timestamp.nullable(),
  webUrl: z.string().meta({ description: "The run's page in Temporal's Web UI" }),
};

const timelineItem = z.object({
  at: timestamp,
  kind: z.string(),
  actor: z.object({ type: z.string(), id: z.string().optional() }),
  summary: z.string(),
  details: z.unknown().optional(),
});

const example = {
  workflowId: "verification/ver_01jdmz8v5ye2f9m4r6sgk3x7qa", kind: "verification", subjectId: "ver_01jdmz8v5ye2f9m4r6sgk3x7qa", provider: "sumsub", status: "pending", step: "waiting for the result",
  problem: null, nextTimer: "2026-11-25T09:00:00.000Z", createdAt: "2026-11-24T09:00:00.000Z", updatedAt: "2026-11-24T09:05:00.000Z", closedAt: null,
  webUrl: "http://localhost:8080/namespaces/default/workflows/verification/ver_01jdmz8v5ye2f9m4r6sgk3x7qa",
};

export const runResource = z.object(fields).meta({ id: "Run", examples: [example] });

export const runDetail = z.object({ ...fields, timeline: z.array(timelineItem) }).meta({
  id: "RunDetail",
  examples: [{ ...example, timeline: [{ at: "2026-11-24T09:00:00.000Z", kind: "verification.created", actor: { type: "api_key", id: "key_01jdmz8v5ye2f9m4r6sgk3x7qd" }, summary: "The verification was created." }] }],
});

/** A workflow's id comes URL-encoded in the path. */
export const runParams = z.strictObject({ tenant: z.string().max(64), workflowId: z.string().max(300) });

export function toRunResource(platform: Platform, row: Run): z.infer<typeof runResource> {
  return {
    workflowId: row.workflowId,
    kind: row.kind,
    subjectId: row.subjectId,
    provider: row.provider,
    status: row.status,
    step: row.step,
    problem: row.problem,
    nextTimer: row.nextTimer?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    webUrl: platform.temporal.webUrl(row.workflowId),
  };
}

export function toRunDetail(platform: Platform, row: Run, timeline: TimelineItem[]): z.infer<typeof runDetail> {
  return { ...toRunResource(platform, row), timeline };
}
