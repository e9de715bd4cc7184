import type { FastifyReply, FastifyRequest } from "fastify";
import { receiveWebhook } from "../../../src/webhooks/inbound/receive.ts";
import type { Platform } from "../../../src/context.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { hasWebhook } from "../../../src/providers/contract.ts";
import { listProviders } from "../../../src/providers/registry.ts";
import type { AddRoute } from "../../types.ts";

/** No vendor sends half as many, with what proxies add. */
const maxHeaders = 100;

/** The one inbound door. It keeps the raw bytes: signatures cover those, and nothing is parsed before they are verified. */
export const addReceiveWebhook: AddRoute = (api, platform) => {
  void api.register(async (door) => {
    door.removeAllContentTypeParsers();
    door.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    door.addHook("onRequest", async (request) => {
      if (request.raw.rawHeaders.length / 2 > maxHeaders) throw new AppError("too_many_headers", `Send at most ${maxHeaders} header fields.`);
    });
    const tags = ["Inbound webhooks"];
    const schema = { tags, summary: "A provider's webhook", description: "Verified by the provider's own scheme, recorded, then answered as the provider expects. 401 for whatever is wrong with the proof, 403 for another account's, 404 where nobody listens, 413 over 1 MiB, 415 for a media type that the provider does not send, 431 for more than 100 header fields.", security: [] };
    const challenge = { tags, summary: "A provider's challenge", description: "The provider asks whether this address is ours. Answered as it documents; nothing is recorded.", security: [] };
    door.post("/webhooks/:provider/:integrationId", { schema }, (request, reply) => receive(platform, request, reply));
    door.post("/webhooks/:provider", { schema }, (request, reply) => receive(platform, request, reply));
    for (const { manifest, webhook } of listProviders()) {
      if (!hasWebhook(webhook)) continue;
      const platformWide = `/webhooks/${manifest.slug}`;
      const address = `${platformWide}/:integrationId`;
      const at = { config: { provider: manifest.slug } };
      // By name, so that any other provider answers a GET with 405.
      for (const url of webhook.challengedByGet ? [platformWide, address] : []) {
        door.get(url, { ...at, schema: challenge, exposeHeadRoute: false }, (request, reply) => receive(platform, request, reply));
      }
      if (webhook.secretInPath !== undefined) door.post(`${address}/:pathSecret`, { ...at, schema }, (request, reply) => receive(platform, request, reply));
    }
  });
};

async function receive(platform: Platform, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { provider, integrationId, pathSecret } = request.params as { provider?: string; integrationId?: string; pathSecret?: string };
  const answer = await receiveWebhook(platform, {
    provider: provider ?? (request.routeOptions.config as { provider?: string }).provider ?? "",
    integrationId: integrationId ?? null,
    raw: {
      method: request.method,
      url: `${platform.config.publicUrl}${request.url}`,
      headers: headersOf(request),
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      ...(pathSecret === undefined ? {} : { pathSecret }),
    },
    sourceIp: request.ip,
  });
  if (answer.headers !== undefined) reply.headers(answer.headers);
  if (answer.contentType !== undefined) reply.header("content-type", answer.contentType);
  return reply.code(answer.status).send(answer.body ?? "");
}

/** Node joins or drops repeated headers; a header sent twice must be seen as such, since only one of them may be genuine. */
function headersOf(request: FastifyRequest): Record<string, string | string[] | undefined> {
  const distinct = request.raw.headersDistinct;
  return Object.fromEntries(Object.entries(distinct).map(([name, values]) => [name, values !== undefined && values.length === 1 ? values[0] : values]));
}
