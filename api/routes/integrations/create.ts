import { z } from "zod";
import { createIntegration } from "../../../src/integrations/manage.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMaySetRate, doorInput } from "./door.ts";
import { credentialsInput, integrationResource, settingsInput } from "./resource.ts";

const body = z.strictObject({
  provider: z.string().max(64),
  mode: z.enum(["sandbox", "live"]),
  settings: settingsInput.default({}),
  credentials: credentialsInput.optional(),
  ...doorInput,
}).meta({ examples: [{ provider: "sumsub", mode: "sandbox", settings: {} }] });

export const addCreateIntegration: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/integrations", {
    config: { scope: "integrations:write" },
    schema: {
      tags: ["Integrations"], summary: "Connect a provider",
      description: "A sandbox integration needs no credentials: they are made for it. The connection is tried before the answer; `health` says what came of it. A live one without credentials is kept as disconnected.",
      params: tenantParams, body, response: { 201: integrationResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const { allowedIps, webhookRateLimit, ...input } = request.body;
    assertMaySetRate(request, platform, webhookRateLimit);
    const created = await createIntegration(platform, tenant, { ...input, door: { allowedIps, webhookRateLimit } }, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/integrations/${created.id}`).send(created);
  });
};
