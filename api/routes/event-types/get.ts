import { getEventType } from "../../../src/db/repositories/event-types.ts";
import type { AddRoute } from "../../types.ts";
import { eventTypeParams, eventTypeWithVersions, toEventTypeResource } from "./resource.ts";

export const addGetEventType: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/event-types/:name", {
    config: { scope: "event-types:read" },
    schema: { tags: ["Event types"], summary: "Read an event type", description: "The newest version, and all of them; archived types stay readable.", params: eventTypeParams, response: { 200: eventTypeWithVersions } },
  }, async (request) => {
    const { tenant, name } = request.params;
    const rows = await platform.db.tenantTransaction(tenant, (tx) => getEventType(tx, tenant, name));
    return { ...toEventTypeResource(rows[0]), versions: rows.map(toEventTypeResource) };
  });
};
