import { getRecoveryJob } from "../../../src/webhooks/outbound/recovery.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { recoveryJobResource, toRecoveryJobResource } from "./resource.ts";

export const addGetRecoveryJob: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/recovery-jobs/:id", {
    config: { scope: "deliveries:read" },
    schema: { tags: ["Deliveries"], summary: "Read a recovery job", description: "How far it is.", params: idParams, response: { 200: recoveryJobResource } },
  }, async (request) => {
    const { tenant, id } = request.params;
    return toRecoveryJobResource(await platform.db.tenantTransaction(tenant, (tx) => getRecoveryJob(tx, tenant, id)));
  });
};
