import { getInboundEvent } from "../../../src/db/repositories/inbound-events.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { inboundResource, toInboundResource } from "./resource.ts";

export const addGetInboundEvent: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/inbound-events/:id", {
    config: { scope: "inbound-events:read" },
    schema: { tags: ["Inbound events"], summary: "Read an inbound event", description: "What became of it. What was sent has a route of its own.", params: idParams, response: { 200: inboundResource } },
  }, async (request) => {
    const { tenant, id } = request.params;
    return toInboundResource(await platform.db.tenantTransaction(tenant, (tx) => getInboundEvent(tx, tenant, id)));
  });
};
