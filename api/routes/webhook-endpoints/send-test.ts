import { z } from "zod";
import { sendTest } from "../../../src/webhooks/outbound/endpoints.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventResource, eventType, toEventResource } from "../events/resource.ts";

const body = z.strictObject({
  type: eventType.optional().meta({ description: "Default `webhook.test`" }),
  payload: z.record(z.string(), z.unknown()).optional(),
}).nullish().meta({ description: "Nothing, or the example to send", examples: [{ type: "application.created", payload: { applicationId: "a-1042" } }] });

export const addTestWebhookEndpoint: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/webhook-endpoints/:id/test", {
    config: { scope: "webhook-endpoints:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Send a test event", description: "A `webhook.test` event, or an example of another type, for this endpoint alone, whatever types it wants.",
      params: idParams, body, response: { 202: eventResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    return reply.code(202).send(toEventResource(await sendTest(platform, tenant, id, request.body ?? {}, callerOf(request))));
  });
};
