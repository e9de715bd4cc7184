import ipaddr from "ipaddr.js";
import { z } from "zod";
import { createApiKey, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { invalidField } from "../../../src/lib/errors.ts";
import { scopes } from "../../../src/security/api-keys.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMayGrant } from "./grant.ts";
import { newApiKeyResource } from "./resource.ts";

// ipaddr.js also reads 127.1 and 0x7f000001; a list of allowed addresses is written in full.
const isAddressRange = (text: string): boolean =>
  text.includes("/") ? ipaddr.isValidCIDR(text) : ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

const body = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: z.iso.datetime({ offset: true }).max(40).optional(),
  allowedIps: z.array(z.string().max(64).refine(isAddressRange, "must be an IP address or a CIDR")).max(100).default([]).meta({ description: "Empty means any address" }),
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
    const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
    if (expiresAt !== null && expiresAt <= platform.clock.now()) throw invalidField("/expiresAt", "must lie ahead");
    const { row, secret } = await createApiKey(platform.db, tenant, { name: input.name, scopes: [...new Set(input.scopes)], allowedIps: input.allowedIps, expiresAt }, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/api-keys/${row.id}`).send({ ...toApiKeyResource(row), secret });
  });
};
