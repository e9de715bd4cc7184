import { listApiKeys, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { apiKeyResource } from "./resource.ts";

export const addListApiKeys: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/api-keys", {
    config: { scope: "api-keys:read" },
    schema: { tags: ["API keys"], summary: "List API keys", description: "Newest first, revoked ones too; never a secret.", params: tenantParams, querystring: pageQuery, response: { 200: pageOf(apiKeyResource) } },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listApiKeys(platform.db, request.params.tenant, { limit, cursor: readCursor(cursor, "key") });
    return toPage(rows, limit, (row) => row.id, toApiKeyResource);
  });
};
