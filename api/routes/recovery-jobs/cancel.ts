import { cancelRecoveryJob } from "../../../src/webhooks/outbound/recovery.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { recoveryJobResource, toRecoveryJobResource } from "./resource.ts";

export const addCancelRecoveryJob: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/recovery-jobs/:id/cancel", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Deliveries"], summary: "Cancel a recovery job", description: "Nothing more is made due; what was made due before is still sent.",
      params: idParams, body: emptyBody, response: { 200: recoveryJobResource },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    return toRecoveryJobResource(await cancelRecoveryJob(platform.db, tenant, id, callerOf(request)));
  });
};
