import { z } from "zod";
import { updateEventType } from "../../../src/db/repositories/event-types.ts";
import { forgetDeclared } from "../../../src/webhooks/outbound/event-types.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { toSeconds } from "../webhook-endpoints/fields.ts";
import { assertExample, assertSchema, eventTypeExample, eventTypeFields, eventTypeParams, eventTypeResource, toEventTypeResource } from "./resource.ts";

const body = z.strictObject(eventTypeFields).meta({ examples: [eventTypeExample] });

export const addUpdateEventType: AddRoute = (api, platform) => {
  api.patch("/v1/tenants/:tenant/event-types/:name", {
    config: { scope: "event-types:write" },
    schema: {
      tags: ["Event types"], summary: "Change an event type", description: "Another schema makes the next version; the other fields change the newest one. Fields that are absent stay; an example must fit the schema that stands after the change.",
      params: eventTypeParams, body, response: { 200: eventTypeResource },
    },
  }, async (request) => {
    const { tenant, name } = request.params;
    const { retrySchedule, ...input } = request.body;
    assertSchema(input.schema);
    const row = await updateEventType(platform.db, tenant, name, { ...input, retrySchedule: toSeconds(retrySchedule) }, callerOf(request), assertExample);
    forgetDeclared(platform.db, tenant);
    return toEventTypeResource(row);
  });
};
