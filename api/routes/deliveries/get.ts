import { getDelivery } from "../../../src/db/repositories/deliveries.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { deliveryDetail, toDeliveryDetail } from "./resource.ts";

export const addGetDelivery: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/deliveries/:id", {
    config: { scope: "deliveries:read" },
    schema: {
      tags: ["Deliveries"], summary: "Read a delivery", description: "With every attempt: time, status, latency, the beginning of the answer, the error.",
      params: idParams, response: { 200: deliveryDetail },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    return toDeliveryDetail(await platform.db.tenantTransaction(tenant, (tx) => getDelivery(tx, tenant, id)));
  });
};
