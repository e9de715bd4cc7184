import { setTimeout as sleep } from "node:timers/promises";
import { fastify, type FastifyInstance } from "fastify";
import type { Logger } from "../src/lib/logger.ts";
import { type ConnectableProvider, isConnectable } from "../src/providers/contract.ts";
import { listProviders } from "../src/providers/registry.ts";
import { databasePath } from "./config.ts";
import { mountControl } from "./control.ts";
import { EchoBox, mountEcho } from "./echo.ts";
import { FaultInjector } from "./faults.ts";
import { RateLimits } from "./rate-limits.ts";
import { SandboxStore } from "./store.ts";
import { WebhookSender } from "./webhook-sender.ts";
import { createWorld, TaskRunner } from "./world.ts";

const bodyLimit = 10 * 1024 * 1024;

export interface SandboxOptions {
  dataDir: string;
  /** Time between two steps of a simulated person or vendor. */
  stepMs: number;
  logger: Logger;
  sharedSecret: string;
  /** Hides the control API. */
  production: boolean;
  /** Whether vendors' documented limits are kept; load tests of our own side turn them off. Default true. */
  rateLimits?: boolean;
}

/** The stand-in for every provider's host in one process. Tasks and webhooks that an earlier life left behind go on once it listens. */
export async function buildSandbox(options: SandboxOptions): Promise<{ app: FastifyInstance; close(): Promise<void> }> {
  const { logger } = options;
  const store = new SandboxStore(databasePath(options.dataDir));
  const faults = new FaultInjector(store, options.stepMs);
  const sender = new WebhookSender({ store, faults, logger });
  const tasks = new TaskRunner({ store, logger });
  const echo = new EchoBox();
  const rateLimits = new RateLimits(options.rateLimits ?? true);

  const app = fastify({ logger: false, bodyLimit, routerOptions: { maxParamLength: 500 } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, url: request.url }, "the sandbox failed to answer");
    return reply.code(status).send({ code: status, description: status >= 500 ? "Internal error of the sandbox" : error.message });
  });

  app.get("/health", async () => ({ status: "ok" }));
  mountEcho(app, echo);
  mountControl(app, { store, echo, sharedSecret: options.sharedSecret, production: options.production });
  for (const provider of listProviders().filter(isConnectable)) mountProvider(app, provider);
  // Only who got the port may work on what the store holds: a second process on the same data must not touch it.
  app.addHook("onListen", async () => {
    tasks.start();
    sender.start();
  });
  await app.ready();

  return {
    app,
    async close() {
      await app.close();
      await tasks.stop();
      await sender.stop();
      store.close();
    },
  };

  function mountProvider(root: FastifyInstance, provider: ConnectableProvider): void {
    const { slug } = provider.manifest;
    const world = createWorld({ provider: slug, stepMs: options.stepMs, sharedSecret: options.sharedSecret, store, tasks, sender, rateLimits });
    root.register(
      async (scope) => {
        scope.addHook("preHandler", async (_request, reply) => {
          store.count(slug, "requests");
          const { delayMs, status } = faults.forCall(slug);
          if (delayMs > 0) await sleep(delayMs);
          if (status === undefined) return undefined;
          if (status === 429) reply.header("retry-after", "1");
          return reply.code(status).send({ code: status, description: "A fault that was ordered through the control API" });
        });
        provider.sandbox.routes(scope, world);
      },
      { prefix: `/${slug}` },
    );
  }
}
