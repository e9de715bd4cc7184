import fastify, { LogController } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { FastifyInstance } from "fastify";
import type { Platform } from "../src/context.ts";
import { newId } from "../src/lib/ids.ts";
import { addAuthentication } from "./plugins/authentication.ts";
import { addBodyHygiene } from "./plugins/body-hygiene.ts";
import { addConsole } from "./plugins/console.ts";
import { addIdempotency } from "./plugins/idempotency.ts";
import { addMetrics } from "./plugins/metrics.ts";
import { addOpenApi } from "./plugins/openapi.ts";
import { addProblems, answerBrokenRequest, answerError } from "./plugins/problems.ts";
import { addSecurityHeaders } from "./plugins/security-headers.ts";
import { lazyLogger } from "./request-logger.ts";
import { addRoutes } from "./routes/index.ts";
import type { Api } from "./types.ts";

/** The HTTP application. The order of its parts is its only subject: problems first, so that they catch all that follows. */
export async function buildApp(platform: Platform): Promise<FastifyInstance> {
  const { config } = platform;
  const app = fastify({
    loggerInstance: platform.logger,
    // One line a request, written by the metrics plugin when its answer is out.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent, bindings) => lazyLogger(parent, bindings),
    requestIdHeader: false,
    genReqId: (request) => {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : newId("req");
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request as never, reply as never),
    clientErrorHandler: answerBrokenRequest,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: 1024 * 1024,
    // Whoever connects and says nothing, or a byte a second, is sent away within ten seconds, body included.
    requestTimeout: 8_000,
    connectionTimeout: 15_000,
    // A proxy keeps its connections open for a minute and must not find them closed; nobody else has a reason to.
    keepAliveTimeout: config.trustedProxies.length > 0 ? 72_000 : 7_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 500, maxHeaderSize: 16 * 1024 },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
  });
  const api = app.withTypeProvider<ZodTypeProvider>() as unknown as Api;
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });

  addProblems(api);
  await addSecurityHeaders(api);
  addBodyHygiene(api);
  await addOpenApi(api);
  addMetrics(api);
  addAuthentication(api, platform);
  addIdempotency(api, platform);
  await addConsole(api);
  // In a scope of their own, so that every route sees the hooks above it.
  await api.register(async (scope) => addRoutes(scope as unknown as Api, platform));
  return app as unknown as FastifyInstance;
}
