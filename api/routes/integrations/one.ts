import { z } from "zod";
import { checkConnection } from "../../../src/integrations/check-connection.ts";
import { deleteIntegration, getIntegration, updateIntegration } from "../../../src/integrations/manage.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMaySetRate, doorInput } from "./door.ts";
import { credentialsInput, healthResource, integrationResource, settingsInput } from "./resource.ts";

const url = "/v1/tenants/:tenant/integrations/:id";
const tags = ["Integrations"];

export const addGetIntegration: AddRoute = (api, platform) => {
  api.get(url, {
    config: { scope: "integrations:read" },
    schema: { tags, summary: "Read an integration", description: "Of its credentials only the last four characters.", params: idParams, response: { 200: integrationResource } },
  }, (request) => getIntegration(platform, request.params.tenant, request.params.id));
};

const change = z.strictObject({ settings: settingsInput.optional(), credentials: credentialsInput.optional(), ...doorInput }).meta({ examples: [{ settings: { levelName: "id-and-liveness" }, allowedIps: ["203.0.113.0/24"], webhookRateLimit: 100 }] });

export const addUpdateIntegration: AddRoute = (api, platform) => {
  api.patch(url, {
    config: { scope: "integrations:write" },
    schema: { tags, summary: "Change an integration", description: "Settings, credentials and allowed addresses are replaced as a whole; fields that are absent stay. The connection is tried again after new settings or credentials.", params: idParams, body: change, response: { 200: integrationResource } },
  }, (request) => {
    const { allowedIps, webhookRateLimit, ...fields } = request.body;
    assertMaySetRate(request, platform, webhookRateLimit);
    return updateIntegration(platform, request.params.tenant, request.params.id, { ...fields, door: { allowedIps, webhookRateLimit } }, callerOf(request));
  });
};

export const addDeleteIntegration: AddRoute = (api, platform) => {
  api.delete(url, {
    config: { scope: "integrations:write" },
    schema: { tags, summary: "Disconnect", description: "Destroys the credentials. Refused with 409 while processes are under way with it.", params: idParams, response: { 204: z.null() } },
  }, async (request, reply) => {
    await deleteIntegration(platform, request.params.tenant, request.params.id, callerOf(request));
    return reply.code(204).send(null);
  });
};

export const addTestIntegration: AddRoute = (api, platform) => {
  api.post(`${url}/test`, {
    config: { scope: "integrations:write" },
    schema: {
      tags, summary: "Try the connection", description: "Asks the provider with the stored credentials, at most five seconds. 200 also when the provider says no: `ok` tells.",
      params: idParams, body: z.strictObject({}).nullish().meta({ examples: [{}] }),
      response: { 200: z.object({ ok: z.boolean(), error: z.string().nullable() }).meta({ examples: [{ ok: true, error: null }] }) },
    },
  }, (request) => checkConnection(platform, request.params.tenant, request.params.id));
};

export const addIntegrationHealth: AddRoute = (api, platform) => {
  api.get(`${url}/health`, {
    config: { scope: "integrations:read" },
    schema: {
      tags, summary: "An integration's health", description: "What the provider last answered, and when.",
      params: idParams, response: { 200: z.object({ status: z.string(), health: healthResource.nullable() }).meta({ examples: [{ status: "connected", health: { ok: true, checkedAt: "2026-11-24T09:00:00.000Z", lastError: null } }] }) },
    },
  }, async (request) => {
    const { status, health } = await getIntegration(platform, request.params.tenant, request.params.id);
    return { status, health };
  });
};
