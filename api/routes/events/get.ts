import { getEvent } from "../../../src/db/repositories/events.ts";
import { eventParams } from "./params.ts";
import type { AddRoute } from "../../types.ts";
import { eventWithPayload, toEventResource } from "./resource.ts";

export const addGetEvent: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/events/:id", {
    config: { scope: "events:read" },
    schema: { tags: ["Events"], summary: "Read an event", description: "With its payload, as endpoints get it in `data`.", params: eventParams, response: { 200: eventWithPayload } },
  }, async (request) => {
    const { tenant, id } = request.params;
    const event = await platform.db.tenantTransaction(tenant, (tx) => getEvent(tx, tenant, id));
    return { ...toEventResource(event), channels: event.channels, payload: event.payload as Record<string, unknown> };
  });
};
