import { listEndpoints, toEndpointResource } from "../../../src/webhooks/outbound/endpoints.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { endpointResource } from "./resource.ts";

export const addListWebhookEndpoints: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/webhook-endpoints", {
    config: { scope: "webhook-endpoints:read" },
    schema: { tags: ["Webhook endpoints"], summary: "List webhook endpoints", description: "Newest first, without secrets.", params: tenantParams, querystring: pageQuery, response: { 200: pageOf(endpointResource) } },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listEndpoints(platform.db, request.params.tenant, { limit, cursor: readCursor(cursor, "ep") });
    const page = toPage(rows, limit, (row) => row.id, (row) => row);
    return { ...page, data: await Promise.all(page.data.map((row) => toEndpointResource(platform, row))) };
  });
};
