import { listEvents } from "../../../src/db/repositories/events.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { eventResource, eventType, toEventResource } from "./resource.ts";

export const addListEvents: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/events", {
    config: { scope: "events:read" },
    schema: {
      tags: ["Events"], summary: "List events", description: "Newest first, without payloads.",
      params: tenantParams, querystring: pageQuery.extend({ type: eventType.optional() }), response: { 200: pageOf(eventResource) },
    },
  }, async (request) => {
    const { limit, cursor, type } = request.query;
    const rows = await listEvents(platform.db, request.params.tenant, { limit, cursor: readCursor(cursor), type });
    return toPage(rows, limit, (row) => row.id, toEventResource);
  });
};
