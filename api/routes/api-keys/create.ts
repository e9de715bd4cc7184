import { z } from "zod";
import { createApiKey, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { invalidField } from "../../../src/lib/errors.ts";
import { scopes } from "../../../src/security/api-keys.ts";
import { addressRanges, tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMayGrant, assertMaySetKeyRate, keyRateLimit } from "./grant.ts";
import { newApiKeyResource } from "./resource.ts";

const body = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: z.iso.datetime({ offset: true }).max(40).optional(),
  allowedIps: addressRanges.default([]).meta({ description: "Empty means any address" }),
  rateLimit: keyRateLimit.default(null),
}).meta({ examples: [{ name: "Applicant tracking", scopes: ["events:write", "deliveries:read"], allowedIps: ["203.0.113.0/24"] }] });

export const addCreateApiKey: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/api-keys", {
    config: { scope: "api-keys:write" },
    schema: {
      tags: ["API keys"], summary: "Create an API key", description: "The secret is in this answer and nowhere else. A key cannot grant scopes that it lacks.",
      params: tenantParams, body, response: { 201: newApiKeyResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const input = request.body;
    assertMayGrant(request, input.scopes);
    assertMaySetKeyRate(request, input.rateLimit ?? undefined);
    const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
    if (expiresAt !== null && expiresAt <= platform.clock.now()) throw invalidField("/expiresAt", "must lie ahead");
    const { row, secret } = await createApiKey(platform.db, tenant, { name: input.name, scopes: [...new Set(input.scopes)], allowedIps: input.allowedIps, rateLimit: input.rateLimit, expiresAt }, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/api-keys/${row.id}`).send({ ...toApiKeyResource(row), secret });
  });
};
