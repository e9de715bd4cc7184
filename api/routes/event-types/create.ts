import { z } from "zod";
import { createEventType } from "../../../src/db/repositories/event-types.ts";
import { forgetDeclared } from "../../../src/webhooks/outbound/event-types.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventType } from "../events/resource.ts";
import { toSeconds } from "../webhook-endpoints/fields.ts";
import { assertExample, assertSchema, eventTypeExample, eventTypeFields, eventTypeResource, toEventTypeResource } from "./resource.ts";

const body = z.strictObject({ name: eventType, ...eventTypeFields }).meta({ examples: [{ name: "application.created", ...eventTypeExample }] });

export const addCreateEventType: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/event-types", {
    config: { scope: "event-types:write" },
    schema: {
      tags: ["Event types"], summary: "Declare an event type", description: "Events of this type are checked against its schema from then on. A name that was archived goes on with its next version.",
      params: tenantParams, body, response: { 201: eventTypeResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const { name, retrySchedule, ...input } = request.body;
    assertSchema(input.schema);
    assertExample(input);
    const row = await createEventType(platform.db, tenant, name, { ...input, retrySchedule: toSeconds(retrySchedule) }, callerOf(request));
    forgetDeclared(platform.db, tenant);
    return reply.code(201).header("location", `/v1/tenants/${tenant}/event-types/${name}`).send(toEventTypeResource(row));
  });
};
