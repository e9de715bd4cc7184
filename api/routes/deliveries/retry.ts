import { retryDelivery } from "../../../src/db/repositories/deliveries.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { deliveryDetail, toDeliveryDetail } from "./resource.ts";

export const addRetryDelivery: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/deliveries/:id/retry", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Deliveries"], summary: "Retry a delivery now", description: "Whatever became of it before; 409 while it is being sent or when its endpoint is disabled. While the endpoint is degraded it stays held, and the endpoint is probed with it at once.",
      params: idParams, body: emptyBody, response: { 202: deliveryDetail },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    return reply.code(202).send(toDeliveryDetail(await retryDelivery(platform, tenant, id, callerOf(request))));
  });
};
