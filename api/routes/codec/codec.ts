import type { FastifyReply, FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { AppError } from "../../../src/lib/errors.ts";
import { allows } from "../../../src/security/api-keys.ts";
import { decodePayloads, encodePayloads, jsonPayloads } from "../../../src/temporal/codec-endpoint.ts";
import { authenticate } from "../../plugins/authentication.ts";
import type { AddRoute } from "../../types.ts";

const params = z.strictObject({ namespace: z.string().max(255) });
const tags = ["Operators"];
const example = { payloads: [{ metadata: { encoding: "anNvbi9wbGFpbg==" }, data: "e30=" }] };

/**
 * Lets Temporal's Web UI show payloads in clear. Only the UI's own origins may ask from a browser. On a local
 * installation callers on this machine need no key; in production a platform key with the scope codec:decode does.
 * Source: https://docs.temporal.io/codec-server
 */
export const addCodec: AddRoute = (api, platform) => {
  const { codecAllowedOrigins, encryptionKeys, production } = platform.config;

  const security: Record<string, string[]>[] = production ? [{ apiKey: [] }] : [{}, { apiKey: [] }];
  const cors = (request: FastifyRequest, reply: FastifyReply): void => {
    const { origin } = request.headers;
    reply.header("vary", "origin");
    if (origin === undefined || !codecAllowedOrigins.includes(origin)) return;
    reply.headers({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "content-type, x-namespace, authorization",
      "access-control-max-age": "600",
      "cross-origin-resource-policy": "cross-origin",
    });
  };
  const admit = async (request: FastifyRequest): Promise<void> => {
    const { origin } = request.headers;
    if (origin !== undefined && !codecAllowedOrigins.includes(origin)) throw new AppError("forbidden", "This origin may not ask for payloads.");
    if (!production && ipaddr.process(request.ip).range() === "loopback") return;
    const key = await authenticate(platform, request);
    if (key.tenantId !== null || !allows(key.scopes, "codec:decode")) throw new AppError("forbidden", 'This needs a platform key with the scope "codec:decode".');
  };

  for (const [verb, run] of [["decode", decodePayloads], ["encode", encodePayloads]] as const) {
    const url = `/codec/:namespace/${verb}`;
    api.options(url, { schema: { hide: true, params } }, async (request, reply) => {
      cors(request, reply);
      return reply.code(204).send();
    });
    api.post(url, {
      // Before the body is read, so that the page that asked can read a refusal too.
      onRequest: async (request, reply) => {
        cors(request, reply);
        await admit(request);
      },
      bodyLimit: 8 * 1024 * 1024,
      config: { refusals: [401, 403] },
      schema: {
        tags, params, summary: verb === "decode" ? "Decode Temporal payloads" : "Encode Temporal payloads", description: "A codec server for Temporal's Web UI and CLI.", security,
        body: jsonPayloads.meta({ examples: [example] }), response: { 200: jsonPayloads.meta({ examples: [example] }) },
      },
    }, async (request) => {
      try {
        return await run(encryptionKeys, request.body);
      } catch (error) {
        throw new AppError("malformed", "A payload could not be read: it was altered, cut, or is not base64.", { cause: error });
      }
    });
  }
};
