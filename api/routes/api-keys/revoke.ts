import { z } from "zod";
import { revokeApiKey } from "../../../src/db/repositories/api-keys.ts";
import { notFound } from "../../../src/lib/errors.ts";
import { isId } from "../../../src/lib/ids.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";

export const addRevokeApiKey: AddRoute = (api, platform) => {
  api.delete("/v1/tenants/:tenant/api-keys/:id", {
    config: { scope: "api-keys:write" },
    schema: { tags: ["API keys"], summary: "Revoke an API key", description: "Its next request is refused. The key stays in the list.", params: idParams, response: { 204: z.null() } },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    if (!isId("key", id)) throw notFound("API key");
    await revokeApiKey(platform, tenant, id, callerOf(request));
    return reply.code(204).send(null);
  });
};
