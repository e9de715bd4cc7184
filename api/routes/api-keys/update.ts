import { z } from "zod";
import { toApiKeyResource, updateApiKey } from "../../../src/db/repositories/api-keys.ts";
import { notFound } from "../../../src/lib/errors.ts";
import { isId } from "../../../src/lib/ids.ts";
import { addressRanges, idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMaySetKeyRate, keyRateLimit } from "./grant.ts";
import { apiKeyResource } from "./resource.ts";

const body = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  allowedIps: addressRanges.optional().meta({ description: "Replaces the list; empty means any address" }),
  rateLimit: keyRateLimit.optional(),
}).meta({ examples: [{ name: "Applicant tracking", allowedIps: ["203.0.113.0/24", "2001:db8::/48"] }] });

export const addUpdateApiKey: AddRoute = (api, platform) => {
  api.patch("/v1/tenants/:tenant/api-keys/:id", {
    config: { scope: "api-keys:write" },
    schema: {
      tags: ["API keys"], summary: "Change an API key", description: "Its name, the addresses it may be used from, its rate limit; fields that are absent stay. Holds in every process within a second.",
      params: idParams, body, response: { 200: apiKeyResource },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    if (!isId("key", id)) throw notFound("API key");
    assertMaySetKeyRate(request, request.body.rateLimit);
    const change = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined));
    return toApiKeyResource(await updateApiKey(platform.db, tenant, id, change, callerOf(request)));
  });
};
