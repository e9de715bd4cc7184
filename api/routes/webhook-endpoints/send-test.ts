import { sendTest } from "../../../src/webhooks/outbound/endpoints.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventResource, toEventResource } from "../events/resource.ts";

export const addTestWebhookEndpoint: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/webhook-endpoints/:id/test", {
    config: { scope: "webhook-endpoints:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Send a test event", description: "A `webhook.test` event for this endpoint alone, whatever types it wants.",
      params: idParams, body: emptyBody, response: { 202: eventResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    return reply.code(202).send(toEventResource(await sendTest(platform, tenant, id, callerOf(request))));
  });
};
