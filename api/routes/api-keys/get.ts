import { getApiKey, toApiKeyResource } from "../../../src/db/repositories/api-keys.ts";
import { notFound } from "../../../src/lib/errors.ts";
import { formerBySubject } from "../../../src/rotation/former-secrets.ts";
import { isId } from "../../../src/lib/ids.ts";
import { idParams } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { apiKeyDetail } from "./resource.ts";

export const addGetApiKey: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/api-keys/:id", {
    config: { scope: "api-keys:read" },
    schema: { tags: ["API keys"], summary: "Read an API key", description: "What it may do and when it was used; never its secret.", params: idParams, response: { 200: apiKeyDetail } },
  }, async (request) => {
    const { tenant, id } = request.params;
    if (!isId("key", id)) throw notFound("API key");
    const key = await getApiKey(platform.db, tenant, id);
    const line = key.lineageId ?? key.id;
    const former = await formerBySubject(platform.db, tenant, { kind: "api_key", subjectIds: [line], now: platform.clock.now() });
    return { ...toApiKeyResource(key), rotation: former.get(line) ?? [] };
  });
};
