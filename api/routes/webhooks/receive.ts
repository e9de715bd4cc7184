import type { FastifyReply, FastifyRequest } from "fastify";
import { receiveWebhook } from "../../../src/webhooks/inbound/receive.ts";
import type { Platform } from "../../../src/context.ts";
import type { AddRoute } from "../../types.ts";

/** The one inbound door. It keeps the raw bytes: signatures cover those, and nothing is parsed before they are verified. */
export const addReceiveWebhook: AddRoute = (api, platform) => {
  void api.register(async (door) => {
    door.removeAllContentTypeParsers();
    door.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    const schema = { tags: ["Inbound webhooks"], summary: "A provider's webhook", description: "Verified by the provider's own scheme, recorded, then answered as the provider expects.", security: [] };
    door.post("/webhooks/:provider/:integrationId", { schema }, (request, reply) => receive(platform, request, reply));
    door.post("/webhooks/:provider", { schema }, (request, reply) => receive(platform, request, reply));
  });
};

async function receive(platform: Platform, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { provider, integrationId } = request.params as { provider: string; integrationId?: string };
  const answer = await receiveWebhook(platform, {
    provider,
    integrationId: integrationId ?? null,
    raw: {
      method: request.method,
      url: `${platform.config.publicUrl}${request.url}`,
      headers: headersOf(request),
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    },
    sourceIp: request.ip,
  });
  if (answer.contentType !== undefined) reply.header("content-type", answer.contentType);
  return reply.code(answer.status).send(answer.body ?? "");
}

/** Node joins or drops repeated headers; a header sent twice must be seen as such, since only one of them may be genuine. */
function headersOf(request: FastifyRequest): Record<string, string | string[] | undefined> {
  const distinct = request.raw.headersDistinct;
  return Object.fromEntries(Object.entries(distinct).map(([name, values]) => [name, values !== undefined && values.length === 1 ? values[0] : values]));
}
