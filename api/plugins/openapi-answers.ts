import type { RouteOptions } from "fastify";
import { problemType } from "./problems.ts";

/** What an answer means, where a route does not say it itself. */
const words: Record<string, string> = {
  "200": "Done", "201": "Created", "202": "Accepted: it is stored and will be done", "204": "Done; the answer is empty",
  "400": "The request could not be read", "401": "No key, or one that is not valid", "403": "The key lacks the scope, or may not be used from this address",
  "404": "There is no such thing, or not for this key", "409": "Not possible in the present state, or the Idempotency-Key was used for something else",
  "413": "The body is too large", "415": "The body's content type is not read here", "422": "Something in the request is invalid: `errors` names it",
  "429": "Too many requests: wait as long as Retry-After says", "503": "Something it needs is down: try again after Retry-After",
};

const problemSchema = {
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
};

const problemOf = (description: string | undefined): object => ({ description: description ?? "Why it was not done", content: { [problemType]: { schema: problemSchema } } });

const idempotencyKey = {
  type: "string", pattern: "^[!-~]{1,255}$",
  description: "The same key with the same request gives the first answer again for 24 hours; with another request it is a 409",
};

/** The statuses that a route may refuse with: an answer outside of this list is a fault, and a test looks for one. */
function refusalsOf(schema: any, route: RouteOptions): string[] {
  const { method } = route;
  const scoped = route.config?.scope !== undefined;
  const hasBody = schema.body !== undefined || route.config?.streamedBody !== undefined;
  const changes = method !== "GET";
  const statuses = ["400", "429", "503"];
  if (scoped) statuses.push("401", "403");
  if (schema.params !== undefined || route.url.includes(":")) statuses.push("404", "422");
  if (schema.querystring !== undefined || (scoped && method === "POST")) statuses.push("422");
  if (scoped && changes) statuses.push("409");
  if (hasBody || changes) statuses.push("413", "415");
  if (hasBody) statuses.push("422");
  return statuses;
}

/** The inbound door reads whatever a provider sends and answers as that provider expects: neither is a schema of ours. */
function describeDoor(schema: any, route: RouteOptions): any {
  const asExpected = { description: "Taken, as the provider expects to hear it: its own text or form, often nothing", content: { "*/*": { schema: { type: "string" } } } };
  const refusals = ["400", "401", "403", "404", "413", "415", "429", "503"].map((status) => [status, problemOf(words[status])]);
  return {
    ...schema,
    ...(route.method === "POST" ? { body: { description: "As the provider sends it; the signature covers its bytes" }, consumes: ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"] } : {}),
    operationId: operationIdOf(String(route.method), route.url),
    response: { 200: asExpected, 204: { type: "null", description: "Taken" }, ...Object.fromEntries(refusals), "5xx": problemOf("A fault of ours") },
  };
}

/** Says in words what each status means, names every refusal, the scope that is asked for, and the Idempotency-Key. */
export function describeAnswers(schema: any, route: RouteOptions): any {
  if (schema === undefined || schema.hide === true) return schema;
  if (route.url.startsWith("/webhooks/")) return describeDoor(schema, route);
  const { scope, streamedBody, refusals = [] } = route.config ?? {};
  const response: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries((schema.response ?? { 200: { type: "string" } }) as Record<string, { type?: string; content?: unknown }>)) {
    const description = words[status] ?? "Answer";
    if (answer.type === "null") response[status] = { type: "null", description };
    else response[status] = answer.content === undefined ? { description, content: { "application/json": { schema: answer } } } : { description, ...answer };
  }
  for (const status of [...refusalsOf(schema, route), ...refusals.map(String)]) response[status] ??= problemOf(words[status]);
  response["5xx"] = problemOf("A fault of ours");
  return {
    ...schema,
    ...(streamedBody === undefined ? {} : { body: streamedBody }),
    ...(scope !== undefined && route.method === "POST" && streamedBody === undefined ? { headers: { type: "object", properties: { "idempotency-key": idempotencyKey } } } : {}),
    description: scope === undefined ? schema.description : `${schema.description}\n\nScope: \`${scope}\``,
    operationId: operationIdOf(String(route.method), route.url),
    response,
  };
}

/** `POST /v1/tenants/:tenant/api-keys/:id/rotate` is postApiKeysByIdRotate. */
function operationIdOf(method: string, url: string): string {
  const parts = url.replace(/^\/v1\/tenants\/:tenant(?=\/)/, "").replace(/^\/v1/, "").split("/").filter((part) => part !== "");
  const word = (part: string): string => (part.startsWith(":") ? `By-${part.slice(1)}` : part);
  return `${method.toLowerCase()}-${parts.map(word).join("-")}`.replaceAll(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase());
}
