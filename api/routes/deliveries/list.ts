import { z } from "zod";
import { deliveryStatuses, listDeliveries } from "../../../src/db/repositories/deliveries.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { deliveryResource, toDeliveryResource } from "./resource.ts";

const querystring = pageQuery.extend({
  endpointId: z.string().regex(/^ep_[0-9a-z]{26}$/, "must be an endpoint's id").optional(),
  eventId: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "must be an event's id").optional(),
  status: z.enum(deliveryStatuses).optional(),
});

export const addListDeliveries: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/deliveries", {
    config: { scope: "deliveries:read" },
    schema: {
      tags: ["Deliveries"], summary: "List deliveries", description: "One event on its way to one endpoint each; newest first.",
      params: tenantParams, querystring, response: { 200: pageOf(deliveryResource) },
    },
  }, async (request) => {
    const { cursor, ...filter } = request.query;
    const rows = await listDeliveries(platform.db, request.params.tenant, { ...filter, cursor: readCursor(cursor, "dlv") });
    return toPage(rows, filter.limit, (row) => row.id, toDeliveryResource);
  });
};
