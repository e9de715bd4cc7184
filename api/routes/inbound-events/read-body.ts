import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { readInboundBody } from "../../../src/db/repositories/inbound-events.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";

const resource = z.object({
  encoding: z.enum(["utf8", "base64"]).meta({ description: "base64 where the bytes are no UTF-8 text" }),
  body: z.string(),
}).meta({ id: "InboundBody", examples: [{ encoding: "utf8", body: "{\"applicantId\":\"65f1c0de\",\"type\":\"applicantReviewed\"}" }] });

export const addReadInboundBody: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/inbound-events/:id/body", {
    config: { scope: "inbound-bodies:read" },
    schema: {
      tags: ["Inbound events"], summary: "Read what the provider sent",
      description: "The webhook's body as it came; several events of one webhook share it. It may hold personal data: this needs the scope inbound-bodies:read, and each reading is in the audit log. 404 when it is not kept.",
      params: idParams, response: { 200: resource },
    },
  }, async (request, reply) => {
    const { tenant, id } = request.params;
    const body = await readInboundBody(platform, tenant, id, callerOf(request));
    reply.header("cache-control", "no-store");
    return isUtf8(body) ? { encoding: "utf8" as const, body: body.toString("utf8") } : { encoding: "base64" as const, body: body.toString("base64") };
  });
};
