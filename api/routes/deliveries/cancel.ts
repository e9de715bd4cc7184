import { cancelDelivery } from "../../../src/db/repositories/deliveries.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { deliveryDetail, toDeliveryDetail } from "./resource.ts";

export const addCancelDelivery: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/deliveries/:id/cancel", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Deliveries"], summary: "Cancel a delivery", description: "Only one that waits: pending, retrying or held.",
      params: idParams, body: emptyBody, response: { 200: deliveryDetail },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    return toDeliveryDetail(await cancelDelivery(platform.db, tenant, id, callerOf(request)));
  });
};
