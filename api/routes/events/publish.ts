import { checkEvents } from "../../../src/webhooks/outbound/event-types.ts";
import { tenantParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { limitEvents } from "./rate-limit.ts";
import { eventResource, newEvent, newEventExample, toEventResource } from "./resource.ts";

export const addPublishEvent: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/events", {
    config: { scope: "events:write" },
    schema: {
      tags: ["Events"], summary: "Publish an event", description: "Accepted once it is stored with its deliveries; every endpoint that wants its type, channels and content gets it. A payload of a declared event type must satisfy its newest schema.",
      params: tenantParams, body: newEvent.meta({ examples: [newEventExample] }), response: { 202: eventResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    await checkEvents(platform, tenant, [request.body]);
    await limitEvents(platform, reply, tenant, 1);
    const [event] = await platform.events.accept(tenant, [request.body]);
    if (event === undefined) throw new Error("publishing one event gave none");
    return reply.code(202).header("location", `/v1/tenants/${tenant}/events/${event.id}`).send(toEventResource(event));
  });
};
