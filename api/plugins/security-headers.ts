import helmet from "@fastify/helmet";
import type { Api } from "../types.ts";

/** What a client that shows pages could do with an answer that is data: nothing. The values are helmet's, for data. */
const forData = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
};

/** Strict headers on every answer. Scripts and styles come from our own origin only; what a page needs beside them it adds itself. */
export async function addSecurityHeaders(api: Api): Promise<void> {
  // Answers hold personal data, and at times a secret: nobody on the way keeps them.
  const ofApi = { ...forData, "cache-control": "no-store" };
  api.addHook("onRoute", (route) => {
    // Helmet works its headers out anew for each answer: for the busiest routes that would be a tenth of their cost.
    if (route.url.startsWith("/v1/") || route.url.startsWith("/webhooks/")) route.helmet = false;
  });
  api.addHook("onRequest", (request, reply, done) => {
    if (request.url.startsWith("/v1/")) reply.headers(ofApi);
    else if (request.url.startsWith("/webhooks/")) reply.headers(forData);
    done();
  });
  await api.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'", "data:"], fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"], objectSrc: ["'none'"], baseUri: ["'self'"], frameAncestors: ["'none'"], formAction: ["'self'"],
      },
    },
    crossOriginResourcePolicy: { policy: "same-origin" },
  });
}
