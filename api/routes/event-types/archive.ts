import { z } from "zod";
import { archiveEventType } from "../../../src/db/repositories/event-types.ts";
import { forgetDeclared } from "../../../src/webhooks/outbound/event-types.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventTypeParams } from "./resource.ts";

export const addArchiveEventType: AddRoute = (api, platform) => {
  api.delete("/v1/tenants/:tenant/event-types/:name", {
    config: { scope: "event-types:write" },
    schema: { tags: ["Event types"], summary: "Archive an event type", description: "Events of this type are undeclared from then on; its versions stay readable.", params: eventTypeParams, response: { 204: z.null() } },
  }, async (request, reply) => {
    const { tenant, name } = request.params;
    await archiveEventType(platform.db, tenant, name, callerOf(request));
    forgetDeclared(platform.db, tenant);
    return reply.code(204).send(null);
  });
};
