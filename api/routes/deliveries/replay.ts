import { z } from "zod";
import { replayDeliveries } from "../../../src/webhooks/outbound/recovery.ts";
import { tenantParams, timestamp } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventType } from "../events/resource.ts";
import { assertPeriod, recoveryAnswer, recoveryJobResource, recoveryMatch } from "../recovery-jobs/resource.ts";

const filter = z.strictObject({
  endpointId: z.string().regex(/^ep_[0-9a-z]{26}$/, "must be an endpoint's id").optional(),
  eventType: eventType.optional(),
  status: z.array(z.enum(["delivered", "retrying", "held", "failed", "expired", "cancelled"])).min(1).max(6).default(["failed"]),
  since: timestamp.optional(),
  until: timestamp.optional().meta({ description: "Default: now" }),
});

const body = z.strictObject({ filter, dryRun: z.boolean().default(false).meta({ description: "Only count" }) }).meta({
  examples: [{ filter: { eventType: "application.created", status: ["failed"], since: "2026-11-24T00:00:00.000Z" }, dryRun: true }],
});

export const addReplayDeliveries: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/deliveries/replay", {
    config: { scope: "deliveries:write" },
    schema: {
      tags: ["Deliveries"], summary: "Resend deliveries by filter",
      description: "The same deliveries to the same endpoints, as a job that lets live traffic go first; those of disabled endpoints are left alone.",
      params: tenantParams, body, response: { 200: recoveryMatch, 202: recoveryJobResource },
    },
  }, async (request, reply) => {
    const { filter: wanted, dryRun } = request.body;
    assertPeriod(wanted, "/filter");
    const answer = recoveryAnswer(await replayDeliveries(platform, request.params.tenant, wanted, { dryRun, caller: callerOf(request) }));
    return answer.code === 200 ? reply.code(200).send(answer.body) : reply.code(202).send(answer.body);
  });
};
