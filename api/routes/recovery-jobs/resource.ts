import { z } from "zod";
import type { RecoveryJob } from "../../../src/generated/prisma/client.ts";
import { invalidField } from "../../../src/lib/errors.ts";
import type { Recovery } from "../../../src/webhooks/outbound/recovery.ts";
import { timestamp } from "../../schemas.ts";

export const recoveryJobResource = z.object({
  id: z.string(),
  kind: z.enum(["resend", "route_again"]).meta({ description: "The same deliveries once more, or events matched with the endpoint anew" }),
  endpointId: z.string().nullable(),
  status: z.enum(["running", "done", "cancelled"]),
  matched: z.number().int().meta({ description: "How many there were when the job was made" }),
  done: z.number().int().meta({ description: "How many were made due so far" }),
  createdAt: timestamp,
  finishedAt: timestamp.nullable(),
}).meta({
  id: "RecoveryJob",
  examples: [{
    id: "rec_01jdmz8v5ye2f9m4r6sgk3x7qa", kind: "resend", endpointId: "ep_01jdmz8v5ye2f9m4r6sgk3x7qc", status: "running", matched: 1200, done: 500,
    createdAt: "2026-11-24T09:00:00.000Z", finishedAt: null,
  }],
});

/** Answer of a dry run. */
export const recoveryMatch = z.object({ matched: z.number().int() }).meta({ examples: [{ matched: 1200 }] });

type RecoveryJobResource = z.infer<typeof recoveryJobResource>;

export function toRecoveryJobResource(row: RecoveryJob): RecoveryJobResource {
  return {
    id: row.id,
    kind: row.kind as RecoveryJobResource["kind"],
    endpointId: row.endpointId,
    status: row.status as RecoveryJobResource["status"],
    matched: row.matched,
    done: row.done,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** The status and body of a recovery's answer: 200 with the count of a dry run, 202 with the job. */
export function recoveryAnswer(recovery: Recovery): { code: 200; body: { matched: number } } | { code: 202; body: RecoveryJobResource } {
  return "job" in recovery ? { code: 202, body: toRecoveryJobResource(recovery.job) } : { code: 200, body: recovery };
}

/** @throws AppError invalid */
export function assertPeriod(period: { since?: string | undefined; until?: string | undefined }, path: string): void {
  const { since, until } = period;
  if (since !== undefined && until !== undefined && new Date(since) > new Date(until)) throw invalidField(`${path}/until`, "must not be before since");
}
