import { z } from "zod";
import { toEndpointResource, updateEndpoint } from "../../../src/webhooks/outbound/endpoints.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { endpointFields, toSeconds } from "./fields.ts";
import { assertEndpointInput } from "./input-rules.ts";
import { endpointResource } from "./resource.ts";

const body = z.strictObject(endpointFields).partial().meta({ examples: [{ enabled: false }] });

export const addUpdateWebhookEndpoint: AddRoute = (api, platform) => {
  api.patch("/v1/tenants/:tenant/webhook-endpoints/:id", {
    config: { scope: "webhook-endpoints:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Change a webhook endpoint", description: "Fields that are absent stay. Disabling holds what waits; enabling sends it. `headers` and `secretHeaders` replace all of them.",
      params: idParams, body, response: { 200: endpointResource },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    const { retrySchedule, ...input } = request.body;
    assertEndpointInput(input);
    return await toEndpointResource(platform, await updateEndpoint(platform, tenant, id, { ...input, retrySchedule: toSeconds(retrySchedule) }, callerOf(request)));
  });
};
