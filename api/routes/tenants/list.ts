import { listTenants } from "../../../src/db/repositories/tenants.ts";
import { pageOf, pageQuery, readCursor, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { tenantResource, toTenantResource } from "./resource.ts";

export const addListTenants: AddRoute = (api, platform) => {
  api.get("/v1/tenants", {
    config: { scope: "tenants:read" },
    schema: { tags: ["Tenants"], summary: "List tenants", description: "A tenant key sees its own alone.", querystring: pageQuery, response: { 200: pageOf(tenantResource) } },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listTenants(platform.db, { limit, cursor: readCursor(cursor), only: request.apiKey?.tenantId ?? null });
    return toPage(rows, limit, (row) => row.id, toTenantResource);
  });
};
