import helmet from "@fastify/helmet";
import type { Api } from "../types.ts";

/** Strict headers on every answer. Scripts come from our own origin only; the UI kits set styles inline. */
export async function addSecurityHeaders(api: Api): Promise<void> {
  await api.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", "data:"], fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"], objectSrc: ["'none'"], baseUri: ["'self'"], frameAncestors: ["'none'"], formAction: ["'self'"],
      },
    },
    crossOriginResourcePolicy: { policy: "same-origin" },
  });
  // Answers hold personal data, and at times a secret: nobody on the way keeps them.
  api.addHook("onRequest", async (request, reply) => {
    if (request.url.startsWith("/v1/")) reply.header("cache-control", "no-store");
  });
}
