import swagger from "@fastify/swagger";
import scalar from "@scalar/fastify-api-reference";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Api } from "../types.ts";

/** OpenAPI 3.1 at /openapi.json, made from the routes' own schemas, and a page that shows it at /docs. */
export async function addOpenApi(api: Api): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Waystation",
        version: "0.1.0",
        description: "Workflow-orchestrated integrations for hiring and HR software. Errors are `application/problem+json` (RFC 9457); every POST takes an `Idempotency-Key`.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: { securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "A platform or tenant key: `Authorization: Bearer wsk_…`" } } },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  api.get("/openapi.json", { schema: { hide: true } }, async () => api.swagger());
  await api.register(scalar as never, { routePrefix: "/docs", configuration: { url: "/openapi.json", withDefaultFonts: false, telemetry: false } } as never);
}
