import { z } from "zod";
import type { Tenant } from "../../../src/generated/prisma/client.ts";
import { timestamp } from "../../schemas.ts";

export const tenantResource = z.object({ id: z.string(), name: z.string(), createdAt: timestamp }).meta({
  id: "Tenant", examples: [{ id: "acme", name: "Acme", createdAt: "2026-11-24T09:00:00.000Z" }],
});

export function toTenantResource(tenant: Tenant): z.infer<typeof tenantResource> {
  return { id: tenant.id, name: tenant.name, createdAt: tenant.createdAt.toISOString() };
}
