import { z } from "zod";
import { deleteEndpoint } from "../../../src/webhooks/outbound/endpoints.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";

export const addDeleteWebhookEndpoint: AddRoute = (api, platform) => {
  api.delete("/v1/tenants/:tenant/webhook-endpoints/:id", {
    config: { scope: "webhook-endpoints:write" },
    schema: { tags: ["Webhook endpoints"], summary: "Delete a webhook endpoint", description: "What waits for it is cancelled; its past deliveries stay readable.", params: idParams, response: { 204: z.null() } },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    await deleteEndpoint(platform, tenant, id, callerOf(request));
    return reply.code(204).send(null);
  });
};
