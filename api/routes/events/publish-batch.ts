import { z } from "zod";
import { AppError, invalidField } from "../../../src/lib/errors.ts";
import { checkEvents } from "../../../src/webhooks/outbound/event-types.ts";
import { tenantParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { limitEvents } from "./rate-limit.ts";
import { eventResource, newEvent, newEventExample, toEventResource } from "./resource.ts";

const maxBatchBytes = 8 * 1024 * 1024;
const maxPayloadBytes = 1024 * 1024;

const body = z.strictObject({ events: z.array(newEvent).min(1).max(1000) }).meta({ examples: [{ events: [newEventExample] }] });

export const addPublishBatch: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/events/batch", {
    config: { scope: "events:write" },
    bodyLimit: maxBatchBytes,
    schema: {
      tags: ["Events"], summary: "Publish many events", description: "Up to 1,000 events and 8 MiB; all are stored or none.",
      params: tenantParams, body, response: { 202: z.object({ data: z.array(eventResource) }) },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const { events } = request.body;
    assertNoClash(events);
    const large = events.findIndex((event) => Buffer.byteLength(JSON.stringify(event.payload)) > maxPayloadBytes);
    if (large >= 0) throw new AppError("too_large", `The payload at /events/${large}/payload is larger than 1 MiB.`);
    await checkEvents(platform, tenant, events, (index) => `/events/${index}`);
    await limitEvents(platform, reply, tenant, events.length);
    const published = await platform.events.accept(tenant, events);
    return reply.code(202).send({ data: published.map(toEventResource) });
  });
};

/** The same event twice is one event; one id for two events would lose one of them without a word. @throws AppError invalid */
function assertNoClash(events: { id?: string | undefined; type: string; payload: unknown; channels?: string[] | undefined }[]): void {
  const seen = new Map<string, string>();
  for (const [index, { id, type, payload, channels }] of events.entries()) {
    if (id === undefined) continue;
    const text = JSON.stringify([type, payload, channels ?? []]);
    if ((seen.get(id) ?? text) !== text) throw invalidField(`/events/${index}/id`, "is used twice in this batch for different events");
    seen.set(id, text);
  }
}
