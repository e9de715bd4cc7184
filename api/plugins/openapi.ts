import swagger from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Api } from "../types.ts";
import { withLimitAnswers } from "./limit-answers.ts";
import { describeAnswers } from "./openapi-answers.ts";
import { addLinks, repeatDoor } from "./openapi-links.ts";
import { addReference } from "./reference.ts";

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
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input as never);
      return { schema: describeAnswers(schema, input.route), url };
    },
    transformObject: (input) => withLimitAnswers(addLinks(repeatDoor(withoutUnused(jsonSchemaTransformObject(input as never))))),
  });
  api.get("/openapi.json", { schema: { hide: true } }, async () => api.swagger());
  addReference(api);
}

/** A named schema is made once for what comes in and once for what goes out; most are used one way only. */
function withoutUnused(document: any): any {
  const text = JSON.stringify(document);
  const schemas = Object.entries(document.components?.schemas ?? {}).filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } };
}
