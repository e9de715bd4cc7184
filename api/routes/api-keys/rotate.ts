import { getApiKey, rotateApiKey, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { maxFormerSecrets } from "../../../src/domain/rotation.ts";
import { notFound } from "../../../src/lib/errors.ts";
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
      tags: ["API keys"], summary: "Rotate an API key", description: `Gives a new key with the same rights; the old one stays valid for the overlap, and its use is watched. At most ${maxFormerSecrets} former keys of one line may be valid; one more is refused with 400 \`too_many_secrets\`.`,
      params: idParams, body: overlapBody, response: { 201: newApiKeyResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    if (!isId("key", id)) throw notFound("API key");
    assertMayGrant(request, (await getApiKey(platform.db, tenant, id)).scopes);
    const { row, secret } = await rotateApiKey(platform, tenant, id, overlapOf(request.body), callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/api-keys/${row.id}`).send({ ...toApiKeyResource(row), secret });
  });
};
