import type { FastifyRequest } from "fastify";
import type { Platform } from "../../src/context.ts";
import { findActiveKey, isKnownKey, touchKey } from "../../src/db/repositories/api-keys.ts";
import { tenantExists } from "../../src/db/repositories/tenants.ts";
import { AppError, notFound } from "../../src/lib/errors.ts";
import { bestEffort } from "../../src/lib/logger.ts";
import { formerIdOfKey } from "../../src/rotation/former-secrets.ts";
import { allows, describeApiKey } from "../../src/security/api-keys.ts";
import { isInside } from "../../src/security/ip-ranges.ts";
import type { Api } from "../types.ts";

/**
 * Below /v1: who is asking, for which tenant, and may they. Every route there must name a scope, or the process does not
 * start. Another tenant's path answers 404 to a tenant key: it must not learn what exists.
 */
export function addAuthentication(api: Api, platform: Platform): void {
  api.decorateRequest("apiKey", null);
  api.addHook("onRoute", (route) => {
    if (route.url.startsWith("/v1/") && route.config?.scope === undefined) throw new Error(`route ${String(route.method)} ${route.url} names no scope`);
  });
  api.addHook("onRequest", async (request, reply) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    request.apiKey = await authenticate(platform, request);
    reply.headers(await platform.limits.keys.admit(request.apiKey));
    const { tenant } = request.params as { tenant?: string };
    if (tenant !== undefined) await enterTenant(platform, request, tenant);
    if (!allows(request.apiKey.scopes, scope)) {
      throw new AppError("forbidden", `This needs the scope "${scope}"; the key has ${request.apiKey.scopes.join(", ") || "none"}.`);
    }
  });
}

async function enterTenant(platform: Platform, request: FastifyRequest, tenant: string): Promise<void> {
  const own = request.apiKey?.tenantId;
  if (own !== null && own !== tenant) throw notFound("tenant");
  if (own === null && !(await tenantExists(platform.db, tenant))) throw notFound("tenant");
}

/** For routes that ask for a key only sometimes, as the codec endpoint does. */
export async function authenticate(platform: Platform, request: FastifyRequest): Promise<NonNullable<FastifyRequest["apiKey"]>> {
  const header = request.headers.authorization;
  if (header === undefined) throw new AppError("unauthenticated", "Send an API key: Authorization: Bearer wsk_…");
  const described = describeApiKey(/^Bearer +(\S+)$/i.exec(header)?.[1] ?? "");
  const { keys } = platform.limits;
  // A key that was valid a moment ago is still looked up: one client's wrong key must not lock its neighbours out.
  if (keys.tooManyFailures(request.ip) && (described === undefined || !isKnownKey(described))) throw keys.refusal(request.ip);
  const key = described === undefined ? null : await findActiveKey(platform.db, described, platform.clock.now());
  if (key === null) {
    keys.countFailure(request.ip);
    throw new AppError("unauthenticated", "The API key is not valid.");
  }
  if (key.allowedIps.length > 0 && !isInside(request.ip, key.allowedIps)) {
    throw new AppError("forbidden", "The API key may not be used from this address.", { internal: { keyId: key.id, ip: request.ip } });
  }
  if (key.revokedAt !== null && key.tenantId !== null) platform.formerUse.note(key.tenantId, formerIdOfKey(key.id), platform.clock.now());
  void bestEffort(touchKey(platform.db, key), "the time of last use is a display", platform.logger);
  return { keyId: key.id, tenantId: key.tenantId, scopes: key.scopes, lineageId: key.lineageId ?? key.id, rateLimit: key.rateLimit };
}
