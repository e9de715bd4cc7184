import { z } from "zod";
import type { EventType } from "../../../src/generated/prisma/client.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { checkSchema, compileSchema, type JsonSchema } from "../../../src/webhooks/outbound/event-schema.ts";
import { timestamp } from "../../schemas.ts";
import { endpointFields } from "../webhook-endpoints/fields.ts";

export const eventTypeParams = z.strictObject({ tenant: z.string().max(64), name: z.string().max(128) });

const schemaDescription = [
  "What payloads must satisfy: JSON Schema 2020-12 or, named in `$schema`, draft-07; null means anything.",
  "References point into the schema itself and not back to where they stand. At most 64 KiB and 32 levels. `format` is not checked, and the patterns get 200 ms for a payload.",
].join(" ");

const maxExampleBytes = 64 * 1024;

export const eventTypeFields = {
  description: z.string().max(2000).nullable().optional(),
  schema: z.record(z.string(), z.unknown()).nullable().optional().meta({ description: schemaDescription }),
  example: z.record(z.string(), z.unknown()).nullable().optional().meta({ description: "A payload; it must satisfy the schema" }),
  retrySchedule: endpointFields.retrySchedule.optional().meta({ description: "Waits before attempts 2, 3, … for endpoints without a schedule of their own; empty means the default" }),
};

export const eventTypeExample = {
  description: "A candidate applied",
  schema: { type: "object", required: ["applicationId"], properties: { applicationId: { type: "string" }, stage: { enum: ["new", "screening"] } } },
  example: { applicationId: "a-1042", stage: "screening" },
  retrySchedule: ["5s", "1m"],
};

const fields = {
  name: z.string(),
  version: z.number().int(),
  description: z.string().nullable(),
  schema: z.record(z.string(), z.unknown()).nullable(),
  example: z.record(z.string(), z.unknown()).nullable(),
  retrySchedule: z.array(z.number().int()).meta({ description: "Seconds" }),
  createdAt: timestamp.meta({ description: "When this version was made" }),
  archivedAt: timestamp.nullable(),
};

const example = { name: "application.created", version: 1, ...eventTypeExample, retrySchedule: [5, 60], createdAt: "2026-11-24T09:00:00.000Z", archivedAt: null };

export const eventTypeResource = z.object(fields).meta({ id: "EventType", examples: [example] });

export const eventTypeWithVersions = z.object({ ...fields, versions: z.array(z.object(fields)).meta({ description: "Newest first" }) }).meta({
  id: "EventTypeWithVersions", examples: [{ ...example, versions: [example] }],
});

export function toEventTypeResource(row: EventType): z.infer<typeof eventTypeResource> {
  return {
    name: row.name,
    version: row.version,
    description: row.description,
    schema: row.schema as JsonSchema | null,
    example: row.example as Record<string, unknown> | null,
    retrySchedule: row.retrySchedule,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
  };
}

/** @throws AppError invalid */
export function assertSchema(schema: JsonSchema | null | undefined): void {
  const errors = schema === null || schema === undefined ? [] : checkSchema(schema);
  if (errors.length > 0) throw new AppError("invalid", "The schema cannot be used; see errors.", { errors });
}

/** An example that its own schema refuses would mislead whoever reads it. The schema must have been checked. @throws AppError invalid */
export function assertExample({ schema, example: given }: { schema?: unknown; example?: unknown }): void {
  if (given === null || given === undefined) return;
  const large = Buffer.byteLength(JSON.stringify(given)) > maxExampleBytes;
  const fault = large ? { path: "", message: `must be at most ${maxExampleBytes / 1024} KiB` } : schema === null || schema === undefined ? undefined : compileSchema(schema as JsonSchema)(given);
  if (fault === undefined) return;
  throw new AppError("invalid", "The example cannot be used; see errors.", { errors: [{ path: `/example${fault.path}`, message: fault.message }] });
}
