import { getApiKey, rotateApiKey, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { AppError, notFound } from "../../../src/lib/errors.ts";
import { isId } from "../../../src/lib/ids.ts";
import { overlapBody, overlapOf } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMayGrant } from "./grant.ts";
import { newApiKeyResource } from "./resource.ts";

export const addRotateApiKey: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/api-keys/:id/rotate", {
    config: { scope: "api-keys:write" },
    schema: {
      tags: ["API keys"], summary: "Rotate an API key", description: "Gives a new key with the same rights; the old one stays valid for the overlap.",
      params: idParams, body: overlapBody, response: { 201: newApiKeyResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    if (!isId("key", id)) throw notFound("API key");
    const now = platform.clock.now();
    const old = await getApiKey(platform.db, tenant, id);
    assertMayGrant(request, old.scopes);
    // Rotating again would stretch the first rotation's overlap, or bring a dead key back to life.
    if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= now)) throw new AppError("illegal_state", "The key was rotated or revoked before, or has expired.");
    const { row, secret } = await rotateApiKey(platform.db, tenant, id, overlapOf(request.body), now, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/api-keys/${row.id}`).send({ ...toApiKeyResource(row), secret });
  });
};
