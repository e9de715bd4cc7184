import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../../../src/lib/errors.ts";
import { tenantParams } from "../../schemas.ts";

/** Where audit logs are: each tenant's, and the platform's own, which holds what belongs to no tenant. */
export const auditLogs = [
  { base: "/v1/tenants/:tenant/audit-log", params: tenantParams, of: "The tenant's own." },
  { base: "/v1/audit-log", params: z.strictObject({}), of: "The platform's own, of what belongs to no tenant; it needs a platform key." },
] as const;

/** Null for the platform's own. @throws AppError forbidden when a tenant's key asks for that */
export function auditedTenant(request: Pick<FastifyRequest, "apiKey" | "params">): string | null {
  const { tenant } = request.params as { tenant?: string };
  if (tenant !== undefined) return tenant;
  if (request.apiKey?.tenantId !== null) throw new AppError("forbidden", "This needs a platform key.");
  return null;
}
