import { z } from "zod";
import { deliveryStatuses, type DeliveryRow, type DeliveryWithAttempts } from "../../../src/db/repositories/deliveries.ts";
import { attemptErrors, type AttemptError } from "../../../src/domain/attempt-errors.ts";
import { timestamp } from "../../schemas.ts";

const errorDescription = [
  "Null after a success. `blocked`: the address is not public or the URL is none that a webhook may go to, nothing was sent. `connection_failed`: refused, reset or closed before the answer's end, or no trusted certificate.",
  "`timeout`: no answer in time or, with a status code beside it, one whose body did not end in time. `bad_answer`: what came is no HTTP. `answer_too_large`: a 2xx with a body of more than 128 KiB.",
  "`redirect`: a 3xx, not followed. `status`: any other status that is not 2xx.",
].join(" ");
const error = z.enum(attemptErrors).nullable().meta({ description: errorDescription });

const fields = {
  id: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  endpointId: z.string(),
  status: z.enum(deliveryStatuses),
  attemptCount: z.number().int(),
  nextAttemptAt: timestamp.nullable(),
  lastStatusCode: z.number().int().nullable(),
  lastError: error,
  createdAt: timestamp,
  deliveredAt: timestamp.nullable(),
};

const attempt = z.object({
  number: z.number().int(),
  at: timestamp,
  statusCode: z.number().int().nullable(),
  latencyMs: z.number().int(),
  responseBody: z.string().nullable().meta({ description: "The first 8 KiB of the answer" }),
  error,
});

const example = {
  id: "dlv_01jdmz8v5ye2f9m4r6sgk3x7qa", eventId: "evt_01jdmz8v5ye2f9m4r6sgk3x7qb", eventType: "application.created", endpointId: "ep_01jdmz8v5ye2f9m4r6sgk3x7qc",
  status: "delivered" as const, attemptCount: 1, nextAttemptAt: null, lastStatusCode: 200, lastError: null, createdAt: "2026-11-24T09:00:00.000Z", deliveredAt: "2026-11-24T09:00:00.120Z",
};

export const deliveryResource = z.object({ ...fields, attempts: z.number().int().meta({ description: "How many were made" }) }).meta({
  id: "Delivery", examples: [{ ...example, attempts: 1 }],
});

export const deliveryDetail = z.object({ ...fields, attempts: z.array(attempt).meta({ description: "The latest 200, oldest first" }) }).meta({
  id: "DeliveryDetail", examples: [{ ...example, attempts: [{ number: 1, at: "2026-11-24T09:00:00.100Z", statusCode: 200, latencyMs: 20, responseBody: "ok", error: null }] }],
});

function common(row: DeliveryRow) {
  return {
    id: row.id,
    eventId: row.eventId,
    eventType: row.event.type,
    endpointId: row.endpointId,
    status: row.status as (typeof deliveryStatuses)[number],
    attemptCount: row.attempts,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    lastStatusCode: row.lastStatusCode,
    lastError: row.lastError as AttemptError | null,
    createdAt: row.createdAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
  };
}

export function toDeliveryResource(row: DeliveryRow): z.infer<typeof deliveryResource> {
  return { ...common(row), attempts: row.attempts };
}

export function toDeliveryDetail(row: DeliveryWithAttempts): z.infer<typeof deliveryDetail> {
  const attempts = row.attemptsMade.map((made) => ({
    number: made.number, at: made.at.toISOString(), statusCode: made.statusCode, latencyMs: made.latencyMs, responseBody: made.responseBody, error: made.error as AttemptError | null,
  }));
  return { ...common(row), attempts };
}
