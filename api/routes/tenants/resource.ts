import { z } from "zod";
import type { Tenant } from "../../../src/generated/prisma/client.ts";
import { timestamp } from "../../schemas.ts";

export const tenantResource = z.object({
  id: z.string(),
  name: z.string(),
  strictEventTypes: z.boolean(),
  eventRateLimit: z.number().int().nullable().meta({ description: "Events per second; null is no limit" }),
  createdAt: timestamp,
}).meta({
  id: "Tenant", examples: [{ id: "acme", name: "Acme", strictEventTypes: false, eventRateLimit: null, createdAt: "2026-11-24T09:00:00.000Z" }],
});

export function toTenantResource(tenant: Tenant): z.infer<typeof tenantResource> {
  return { id: tenant.id, name: tenant.name, strictEventTypes: tenant.strictEventTypes, eventRateLimit: tenant.eventRateLimit, createdAt: tenant.createdAt.toISOString() };
}
