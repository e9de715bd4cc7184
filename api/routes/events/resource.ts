import { z } from "zod";
import { channel, timestamp } from "../../schemas.ts";

const example = { id: "evt_01jdmz8v5ye2f9m4r6sgk3x7qa", type: "application.created", createdAt: "2026-11-24T09:00:00.000Z" };

export const eventResource = z.object({ id: z.string(), type: z.string(), createdAt: timestamp }).meta({ id: "Event", examples: [example] });

export const eventWithPayload = z.object({ id: z.string(), type: z.string(), createdAt: timestamp, channels: z.array(z.string()), payload: z.record(z.string(), z.unknown()) }).meta({
  id: "EventWithPayload", examples: [{ ...example, channels: ["berlin"], payload: { applicationId: "a-1042", stage: "screening" } }],
});

export const eventType = z.string().max(128).regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/, "must look like application.created");

export const newEvent = z.strictObject({
  type: eventType,
  payload: z.record(z.string(), z.unknown()),
  channels: z.array(channel).max(10).optional().meta({ description: "Endpoints that name channels get the event only if they share one" }),
  id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "must match ^[A-Za-z0-9_-]{1,128}$").optional().meta({ description: "The host's own id; the same id again makes no second event" }),
});

export const newEventExample = { type: "application.created", payload: { applicationId: "a-1042", stage: "screening" }, channels: ["berlin"], id: "application-a-1042-created" };

export function toEventResource(event: { id: string; type: string; createdAt: Date }): z.infer<typeof eventResource> {
  return { id: event.id, type: event.type, createdAt: event.createdAt.toISOString() };
}
