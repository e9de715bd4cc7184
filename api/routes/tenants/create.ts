import { z } from "zod";
import { createTenant } from "../../../src/db/repositories/tenants.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { newId } from "../../../src/lib/ids.ts";
import { tenantId } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { tenantResource, toTenantResource } from "./resource.ts";

const body = z.strictObject({
  id: tenantId.optional().meta({ description: "The host's own id; made when absent" }),
  name: z.string().trim().min(1).max(200),
}).meta({ examples: [{ id: "acme", name: "Acme" }] });

export const addCreateTenant: AddRoute = (api, platform) => {
  api.post("/v1/tenants", {
    config: { scope: "tenants:write" },
    schema: { tags: ["Tenants"], summary: "Create a tenant", description: "Platform keys only.", body, response: { 201: tenantResource } },
  }, async (request, reply) => {
    if (request.apiKey?.tenantId !== null) throw new AppError("forbidden", "Only a platform key creates tenants.");
    const id = request.body.id ?? newId("req").replace(/^req_/, "t-");
    const tenant = await createTenant(platform.db, { id, name: request.body.name }, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant.id}`).send(toTenantResource(tenant));
  });
};
