import { z } from "zod";
import { updateTenant } from "../../../src/db/repositories/tenants.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { forgetDeclared } from "../../../src/webhooks/outbound/event-types.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { tenantResource, toTenantResource } from "./resource.ts";

const body = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  strictEventTypes: z.boolean().optional().meta({ description: "Refuse events whose type was not declared" }),
  eventRateLimit: z.number().int().min(1).max(100_000).nullable().optional().meta({ description: "Events per second; null is no limit. Platform keys only" }),
}).meta({ examples: [{ name: "Acme", strictEventTypes: true, eventRateLimit: 500 }] });

export const addUpdateTenant: AddRoute = (api, platform) => {
  api.patch("/v1/tenants/:tenant", {
    config: { scope: "tenants:write" },
    schema: { tags: ["Tenants"], summary: "Change a tenant", description: "Fields that are absent stay. Only a platform key sets the rate limit.", params: tenantParams, body, response: { 200: tenantResource } },
  }, async (request) => {
    const { tenant } = request.params;
    if (request.body.eventRateLimit !== undefined && request.apiKey?.tenantId !== null) throw new AppError("forbidden", "Only a platform key sets eventRateLimit.");
    const row = await updateTenant(platform.db, tenant, request.body, callerOf(request));
    forgetDeclared(platform.db, tenant);
    return toTenantResource(row);
  });
};
