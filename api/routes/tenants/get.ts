import { notFound } from "../../../src/lib/errors.ts";
import { tenantParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { tenantResource, toTenantResource } from "./resource.ts";

export const addGetTenant: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant", {
    config: { scope: "tenants:read" },
    schema: { tags: ["Tenants"], summary: "Read a tenant", description: "Its name, its rules for events and when it was made.", params: tenantParams, response: { 200: tenantResource } },
  }, async (request) => {
    const tenant = await platform.db.tenantTransaction(request.params.tenant, (tx) => tx.tenant.findUnique({ where: { id: request.params.tenant } }));
    if (tenant === null) throw notFound("tenant");
    return toTenantResource(tenant);
  });
};
