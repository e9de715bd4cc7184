import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Caller, Platform } from "../src/context.ts";
import type { Scope } from "../src/security/api-keys.ts";

/** The application with zod schemas: what every route file gets. */
export type Api = FastifyInstance<RawServerDefault, RawRequestDefaultExpression<RawServerDefault>, RawReplyDefaultExpression<RawServerDefault>, FastifyBaseLogger, ZodTypeProvider>;

/** A route file's only export: adds its route. */
export type AddRoute = (api: Api, platform: Platform) => void;

/** The key that a request was made with. A null tenant is a platform key. */
export interface AuthenticatedKey {
  keyId: string;
  tenantId: string | null;
  scopes: string[];
  /** The first of the keys that followed one another by rotation. */
  lineageId: string;
  rateLimit: number | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set for every route below /v1. */
    apiKey: AuthenticatedKey | null;
  }
  interface FastifyContextConfig {
    /** What a key must be allowed to do; every route below /v1 names one. */
    scope?: Scope;
    /** For the description of a route that reads its body as a stream: its JSON Schema. */
    streamedBody?: Record<string, unknown>;
    /** For the description: statuses that it refuses with beside those that follow from what it is. */
    refusals?: number[];
  }
}

/** Who makes the request, for the audit log and the timeline. */
export function callerOf(request: FastifyRequest): Caller {
  const { apiKey } = request;
  return {
    actor: apiKey === null ? { type: "system" } : { type: "api_key", id: apiKey.keyId },
    sourceIp: request.ip,
    requestId: request.id,
  };
}
