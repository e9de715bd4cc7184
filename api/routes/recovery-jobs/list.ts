import { listRecoveryJobs } from "../../../src/webhooks/outbound/recovery.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { recoveryJobResource, toRecoveryJobResource } from "./resource.ts";

export const addListRecoveryJobs: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/recovery-jobs", {
    config: { scope: "deliveries:read" },
    schema: {
      tags: ["Deliveries"], summary: "List recovery jobs", description: "What was asked to be sent again, with its progress; newest first.",
      params: tenantParams, querystring: pageQuery, response: { 200: pageOf(recoveryJobResource) },
    },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listRecoveryJobs(platform.db, request.params.tenant, { limit, cursor: readCursor(cursor, "rec") });
    return toPage(rows, limit, (row) => row.id, toRecoveryJobResource);
  });
};
