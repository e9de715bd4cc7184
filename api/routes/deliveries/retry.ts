import { retryDelivery } from "../../../src/webhooks/outbound/retry-delivery.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { deliveryDetail, toDeliveryDetail } from "./resource.ts";

export const addRetryDelivery: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/deliveries/:id/retry", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Deliveries"], summary: "Resend a delivery now",
      description: [
        "The same delivery to the same endpoint, whatever became of it before; its attempts count on, and its schedule goes on from there. To match the event with all endpoints anew, replay the event.",
        "While the endpoint is degraded the delivery stays held, and the endpoint is probed with it at once. 409 while it is being sent or when its endpoint is disabled.",
      ].join(" "),
      params: idParams, body: emptyBody, response: { 202: deliveryDetail },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    return reply.code(202).send(toDeliveryDetail(await retryDelivery(platform, tenant, id, callerOf(request))));
  });
};
