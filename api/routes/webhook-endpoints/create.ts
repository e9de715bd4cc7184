import { z } from "zod";
import { createEndpoint, toEndpointResource } from "../../../src/webhooks/outbound/endpoints.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { endpointExample, endpointFields, toSeconds } from "./fields.ts";
import { assertEndpointInput } from "./input-rules.ts";
import { newEndpointResource } from "./resource.ts";

const { url, ...optional } = endpointFields;
const body = z.strictObject({ url, ...z.object(optional).partial().shape }).meta({ examples: [endpointExample] });

export const addCreateWebhookEndpoint: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/webhook-endpoints", {
    config: { scope: "webhook-endpoints:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Create a webhook endpoint", description: "The answer holds the secret that its deliveries are signed with.",
      params: tenantParams, body, response: { 201: newEndpointResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const { retrySchedule, ...input } = request.body;
    assertEndpointInput(input);
    const { row, secret } = await createEndpoint(platform, tenant, { ...input, retrySchedule: toSeconds(retrySchedule) }, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/webhook-endpoints/${row.id}`).send({ ...(await toEndpointResource(platform, row)), secret });
  });
};
