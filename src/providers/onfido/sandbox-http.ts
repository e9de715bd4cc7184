import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { SandboxWorld } from "../sandbox-contract.ts";

/** Under which an authenticated request carries the account that it belongs to. */
export const accountKey = "onfidoAccount";

export function accountOf(request: FastifyRequest): string {
  return request.getDecorator<string>(accountKey);
}

/** The token tells its account. */
export function apiTokenOf(account: string, derive: (label: string) => string): string {
  return `api_sandbox.${account}.${derive("token").slice(0, 32)}`;
}

/** The account that the request's token belongs to. https://documentation.onfido.com/api/latest#token-authentication */
export function authenticate(request: FastifyRequest, world: SandboxWorld): string | undefined {
  const token = /^Token token=(.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const account = /^api_sandbox\.(.+)\.[0-9a-f]{32}$/.exec(token)?.[1];
  if (account === undefined) return undefined;
  const [expected, given] = [Buffer.from(apiTokenOf(account, (label) => world.derive(account, label))), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given) ? account : undefined;
}

/** https://documentation.onfido.com/api/latest#error-object */
const messages: Record<number, [type: string, message: string]> = {
  401: ["authorization_error", "Authorization error: please re-check your credentials"],
  404: ["resource_not_found", "We could not find the requested resource"],
  422: ["validation_error", "There was a validation error on this request"],
  429: ["rate_limit", "Rate limit exceeded"],
  500: ["internal_server_error", "Something went wrong on our side"],
};

export function fail(reply: FastifyReply, status: number, fields?: Record<string, unknown>): FastifyReply {
  const [type, message] = messages[status] ?? ["error", "Error"];
  return reply.code(status).send({ error: { type, message, ...(fields === undefined ? {} : { fields }) } });
}

/** The body as the schema wants it; otherwise the fields that are wrong, to be answered with 422. */
export function readBody<T>(request: FastifyRequest, schema: z.ZodType<T>): { value: T } | { fields: Record<string, string[]> } {
  const parsed = schema.safeParse(jsonOf(request));
  if (parsed.success) return { value: parsed.data };
  return { fields: Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join(".") || "body", [issue.message]])) };
}

function jsonOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse((request.body as Buffer).toString("utf8"));
  } catch {
    return undefined;
  }
}
