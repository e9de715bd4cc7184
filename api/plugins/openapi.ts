import swagger from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { FastifyContextConfig } from "fastify";
import type { Api } from "../types.ts";
import { withLimitAnswers } from "./limit-answers.ts";
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
      return { schema: describeAnswers(schema, input.route.config), url };
    },
    transformObject: (input) => withLimitAnswers(withoutUnused(jsonSchemaTransformObject(input as never))),
  });
  api.get("/openapi.json", { schema: { hide: true } }, async () => api.swagger());
  addReference(api);
}

const words: Record<string, string> = {
  "200": "Done", "201": "Created", "202": "Accepted: it is stored and will be done", "204": "Done; the answer is empty", "503": "Something it needs is down",
};

const problem = {
  description: "Why it was not done: `application/problem+json` (RFC 9457)",
  content: {
    "application/problem+json": {
      schema: {
        type: "object",
        required: ["type", "title", "status", "detail", "requestId"],
        properties: {
          type: { type: "string", format: "uri" }, title: { type: "string" }, status: { type: "integer" }, detail: { type: "string" },
          code: { type: "string", description: "The same as in `type`, short" }, requestId: { type: "string" },
          errors: {
            type: "array", description: "For bad input",
            items: { type: "object", properties: { path: { type: "string", description: "JSON pointer" }, message: { type: "string" } }, required: ["path", "message"] },
          },
        },
      },
    },
  },
};

/** Says in words what each status means, adds the errors that every route can answer with, and the scope that it asks for. */
function describeAnswers(schema: any, config: FastifyContextConfig | undefined): any {
  const { scope, streamedBody } = config ?? {};
  if (schema === undefined || schema.hide === true) return schema;
  const response: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries((schema.response ?? { 200: { type: "string" } }) as Record<string, { type?: string; content?: unknown }>)) {
    const description = words[status] ?? "Answer";
    if (answer.type === "null") response[status] = { type: "null", description };
    else response[status] = answer.content === undefined ? { description, content: { "application/json": { schema: answer } } } : { description, ...answer };
  }
  response["4xx"] = problem;
  response["5xx"] ??= { ...problem, description: "A fault of ours, or something we need is down (503 with Retry-After)" };
  const description = scope === undefined ? schema.description : `${schema.description}\n\nScope: \`${scope}\``;
  return { ...schema, ...(streamedBody === undefined ? {} : { body: streamedBody }), description, response };
}

/** A named schema is made once for what comes in and once for what goes out; most are used one way only. */
function withoutUnused(document: any): any {
  const text = JSON.stringify(document);
  const schemas = Object.entries(document.components?.schemas ?? {}).filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } };
}
