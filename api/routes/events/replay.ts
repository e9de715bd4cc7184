import { recordAudit } from "../../../src/db/repositories/audit.ts";
import { getEvent, replayEvent } from "../../../src/db/repositories/events.ts";
import { notifyDue } from "../../../src/webhooks/outbound/notify-due.ts";
import { emptyBody } from "../../bodies.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { eventParams } from "./params.ts";
import { eventResource, toEventResource } from "./resource.ts";

export const addReplayEvent: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/events/:id/replay", {
    config: { scope: "events:write" },
    schema: {
      tags: ["Events"], summary: "Route an event again",
      description: "Matches the event with all endpoints anew and sends it to every one that wants it now, whether it got the event before or not. To send to one endpoint alone, resend its delivery.",
      params: eventParams, body: emptyBody, response: { 202: eventResource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    const event = await platform.db.tenantTransaction(tenant, async (tx) => {
      const found = await getEvent(tx, tenant, id);
      await notifyDue(tx, await replayEvent(tx, tenant, found));
      await recordAudit(tx, tenant, callerOf(request), { action: "event.replayed", subjectType: "event", subjectId: id });
      return found;
    });
    return reply.code(202).send(toEventResource(event));
  });
};
