import { findEndpoint, toEndpointResource } from "../../../src/webhooks/outbound/endpoints.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { endpointResource } from "./resource.ts";

export const addGetWebhookEndpoint: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/webhook-endpoints/:id", {
    config: { scope: "webhook-endpoints:read" },
    schema: { tags: ["Webhook endpoints"], summary: "Read a webhook endpoint", description: "Its settings and health; header values are masked.", params: idParams, response: { 200: endpointResource } },
  }, async (request) => {
    const { tenant, id } = request.params;
    return await toEndpointResource(platform, await platform.db.tenantTransaction(tenant, (tx) => findEndpoint(tx, tenant, id)));
  });
};
