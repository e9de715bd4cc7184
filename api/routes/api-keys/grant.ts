import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../../../src/lib/errors.ts";
import { allows, type Scope } from "../../../src/security/api-keys.ts";

/** A key hands on only what it may do itself. @throws AppError forbidden */
export function assertMayGrant(request: FastifyRequest, scopes: readonly string[]): void {
  const own = request.apiKey?.scopes ?? [];
  const lacking = scopes.filter((scope) => !allows(own, scope as Scope));
  if (lacking.length > 0) throw new AppError("forbidden", `A key cannot grant what it lacks itself: ${lacking.join(", ")}.`);
}

export const keyRateLimit = z.number().int().min(1).max(100_000).nullable().meta({ description: "Requests per second; null is the platform's default. Platform keys only" });

/** A limit that its holder could lift would be none. @throws AppError forbidden */
export function assertMaySetKeyRate(request: FastifyRequest, rateLimit: number | null | undefined): void {
  if (rateLimit !== undefined && request.apiKey?.tenantId !== null) throw new AppError("forbidden", "Only a platform key sets rateLimit.");
}
