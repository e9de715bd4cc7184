import { z } from "zod";
import { readSecret } from "../../../src/webhooks/outbound/endpoint-secret.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { rotation } from "../secrets/resource.ts";
import { endpointFormerExample } from "./resource.ts";

const response = z.object({ secret: z.string(), rotation: rotation("Former secrets that still sign beside it") }).meta({
  examples: [{ secret: "whsec_…", rotation: [endpointFormerExample] }],
});

export const addReadEndpointSecret: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/webhook-endpoints/:id/secret", {
    config: { scope: "webhook-endpoints:write" },
    schema: { tags: ["Webhook endpoints"], summary: "Read an endpoint's secret", description: "Asks for the right to write; the audit log notes who read it.", params: idParams, response: { 200: response } },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    reply.header("cache-control", "no-store");
    return await readSecret(platform, tenant, id, callerOf(request));
  });
};
