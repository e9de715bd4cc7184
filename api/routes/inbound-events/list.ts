import { z } from "zod";
import { inboundStatuses, listInboundEvents } from "../../../src/db/repositories/inbound-events.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { inboundResource, toInboundResource } from "./resource.ts";

const querystring = pageQuery.extend({
  integrationId: z.string().regex(/^int_[0-9a-z]{26}$/, "must be an integration's id").optional(),
  status: z.enum(inboundStatuses).optional(),
});

export const addListInboundEvents: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/inbound-events", {
    config: { scope: "inbound-events:read" },
    schema: {
      tags: ["Inbound events"], summary: "List inbound events", description: "What providers sent: verified, duplicate, parked, or rejected and why; newest first.",
      params: tenantParams, querystring, response: { 200: pageOf(inboundResource) },
    },
  }, async (request) => {
    const { cursor, ...filter } = request.query;
    const rows = await listInboundEvents(platform.db, request.params.tenant, { ...filter, cursor: readCursor(cursor, "inb") });
    return toPage(rows, filter.limit, (row) => row.id, toInboundResource);
  });
};
