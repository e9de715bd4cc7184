import type { FastifyRequest } from "fastify";
import { AppError } from "../../../src/lib/errors.ts";
import { allows, type Scope } from "../../../src/security/api-keys.ts";

/** A key hands on only what it may do itself. @throws AppError forbidden */
export function assertMayGrant(request: FastifyRequest, scopes: readonly string[]): void {
  const own = request.apiKey?.scopes ?? [];
  const lacking = scopes.filter((scope) => !allows(own, scope as Scope));
  if (lacking.length > 0) throw new AppError("forbidden", `A key cannot grant what it lacks itself: ${lacking.join(", ")}.`);
}
