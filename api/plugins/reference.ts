import { createHash } from "node:crypto";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Api } from "../types.ts";

/**
 * The page that shows /openapi.json, at /docs. Its five megabytes of script are part of its module: an application of its
 * own that is made when somebody first looks keeps them out of a process that only serves.
 */
export function addReference(api: Api): void {
  let page: Promise<FastifyInstance> | undefined;
  const show = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    // Its links are relative: they lead below /docs/ only from there.
    if (/^\/docs(\?|$)/.test(request.url)) return reply.redirect("/docs/", 302);
    const answer = await (await (page ??= openPage())).inject({ method: "GET", url: request.url });
    reply.code(answer.statusCode);
    for (const name of ["content-type", "location", "cache-control", "etag"]) if (answer.headers[name] !== undefined) reply.header(name, answer.headers[name]);
    // The page starts itself with a few inline lines: those, by their hash, and no others.
    const hashes = [...answer.body.matchAll(/<script(?: type="[^"]*")?>([\s\S]*?)<\/script>/g)].map(([, code]) => `'sha256-${createHash("sha256").update(code ?? "").digest("base64")}'`);
    if (String(answer.headers["content-type"]).includes("html")) {
      const policy = String(reply.getHeader("content-security-policy") ?? "");
      // It sets styles inline as it runs and knows no nonce: on this page, which shows a description and nobody's data, it may.
      reply.header("content-security-policy", policy.replace("script-src 'self'", ["script-src 'self'", ...hashes].join(" ")).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"));
    }
    return reply.send(answer.rawPayload);
  };
  for (const url of ["/docs", "/docs/*"]) api.get(url, { schema: { hide: true } }, show);
}

async function openPage(): Promise<FastifyInstance> {
  const { default: scalar } = await import("@scalar/fastify-api-reference");
  const page = fastify();
  await page.register(scalar as never, { routePrefix: "/docs", configuration: { url: "/openapi.json", withDefaultFonts: false, telemetry: false, showDeveloperTools: "never", agent: { disabled: true }, mcp: { disabled: true } } } as never);
  await page.ready();
  return page;
}
