import { z } from "zod";
import { maxFormerSecrets } from "../../../src/domain/rotation.ts";
import { rotateSecret } from "../../../src/webhooks/outbound/endpoint-secret.ts";
import { overlapBody, overlapOf } from "../../bodies.ts";
import { idParams, timestamp } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";

const response = z.object({ secret: z.string(), previousSecretUntil: timestamp.nullable() }).meta({
  examples: [{ secret: "whsec_…", previousSecretUntil: "2026-11-25T09:00:00.000Z" }],
});

export const addRotateEndpointSecret: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/webhook-endpoints/:id/secret/rotate", {
    config: { scope: "webhook-endpoints:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Rotate an endpoint's secret", description: `Until the overlap ends, deliveries carry a signature of each valid secret. At most ${maxFormerSecrets} former ones may be valid; one more is refused with 400 \`too_many_secrets\`. With \`overlapSeconds\` 0 all former ones end at once.`,
      params: idParams, body: overlapBody, response: { 200: response },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    const { secret, previousSecretUntil } = await rotateSecret(platform, tenant, id, overlapOf(request.body), callerOf(request));
    return { secret, previousSecretUntil: previousSecretUntil?.toISOString() ?? null };
  });
};
