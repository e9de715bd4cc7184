import { listFormer, toFormerResource } from "../../../src/rotation/former-secrets.ts";
import { findEndpoint, toEndpointResource } from "../../../src/webhooks/outbound/endpoints.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { endpointDetail } from "./resource.ts";

export const addGetWebhookEndpoint: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/webhook-endpoints/:id", {
    config: { scope: "webhook-endpoints:read" },
    schema: { tags: ["Webhook endpoints"], summary: "Read a webhook endpoint", description: "Its settings and health; header values are masked.", params: idParams, response: { 200: endpointDetail } },
  }, async (request) => {
    const { tenant, id } = request.params;
    const [endpoint, former] = await platform.db.tenantTransaction(tenant, async (tx) => [
      await findEndpoint(tx, tenant, id), await listFormer(tx, { tenantId: tenant, kind: "webhook_endpoint", subjectId: id }, platform.clock.now()),
    ] as const);
    return { ...(await toEndpointResource(platform, endpoint)), rotation: former.map(toFormerResource) };
  });
};
