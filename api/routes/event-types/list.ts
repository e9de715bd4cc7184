import { z } from "zod";
import { listEventTypes } from "../../../src/db/repositories/event-types.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { eventTypeResource, toEventTypeResource } from "./resource.ts";

const query = pageQuery.extend({ archived: z.enum(["true", "false"]).default("false").meta({ description: "The archived ones instead" }) });

export const addListEventTypes: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/event-types", {
    config: { scope: "event-types:read" },
    schema: { tags: ["Event types"], summary: "List event types", description: "Each in its newest version, the one declared last first.", params: tenantParams, querystring: query, response: { 200: pageOf(eventTypeResource) } },
  }, async (request) => {
    const { limit, cursor, archived } = request.query;
    const rows = await listEventTypes(platform.db, request.params.tenant, { limit, cursor: readCursor(cursor), archived: archived === "true" });
    return toPage(rows, limit, (row) => row.name, toEventTypeResource);
  });
};
