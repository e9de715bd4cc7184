import { z } from "zod";
import { recoverEndpoint } from "../../../src/webhooks/outbound/recovery.ts";
import { idParams, timestamp } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertPeriod, recoveryAnswer, recoveryJobResource, recoveryMatch } from "../recovery-jobs/resource.ts";

const body = z.strictObject({
  since: timestamp,
  until: timestamp.optional().meta({ description: "Default: now" }),
  status: z.array(z.enum(["failed", "expired", "held", "cancelled"])).min(1).max(4).default(["failed"]),
  mode: z.enum(["failed", "missing"]).default("failed").meta({ description: "failed: the same deliveries again, by status. missing: events that the endpoint wants by its types, channels and filter as they are now, and has no delivery of" }),
  dryRun: z.boolean().default(false).meta({ description: "Only count" }),
}).meta({ examples: [{ since: "2026-11-24T00:00:00.000Z", status: ["failed"], mode: "failed", dryRun: false }] });

export const addRecoverEndpoint: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/webhook-endpoints/:id/recover", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Recover an endpoint's deliveries",
      description: "Sends again what failed, or what the endpoint never had, as a job that lets live traffic go first. 409 while the endpoint is disabled.",
      params: idParams, body, response: { 200: recoveryMatch, 202: recoveryJobResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    const { mode, dryRun, ...filter } = request.body;
    assertPeriod(filter, "");
    const recovery = await recoverEndpoint(platform, tenant, id, mode === "missing" ? "route_again" : "resend", filter, { dryRun, caller: callerOf(request) });
    const answer = recoveryAnswer(recovery);
    return answer.code === 200 ? reply.code(200).send(answer.body) : reply.code(202).send(answer.body);
  });
};
