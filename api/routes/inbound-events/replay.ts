import { replayInboundEvent } from "../../../src/db/repositories/inbound-events.ts";
import { emptyBody } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { inboundResource, toInboundResource } from "./resource.ts";

export const addReplayInboundEvent: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/inbound-events/:id/replay", {
    config: { scope: "inbound-events:write" },
    schema: {
      tags: ["Inbound events"], summary: "Replay an inbound event", description: "Gives a parked or processed event to its process once more; 409 for any other.",
      params: idParams, body: emptyBody, response: { 202: inboundResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    return reply.code(202).send(toInboundResource(await replayInboundEvent(platform.db, tenant, id, callerOf(request))));
  });
};
