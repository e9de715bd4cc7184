import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";
import type { z } from "zod";
import { findProvider } from "../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../src/providers/sandbox-credentials.ts";
import { type EchoBox, echoSettingsSchema } from "./echo.ts";
import { faultsSchema } from "./faults.ts";
import type { SandboxStore } from "./store.ts";

const defaultAccount = "default";
// The account is part of credentials, whose parts are joined with dots and colons.
const accountPattern = /^[A-Za-z0-9_-]{1,100}$/;

interface ProviderParams {
  Params: { provider: string };
}

/** The control API: looks into the sandbox and breaks it on purpose. For tests and demos on the same machine only. */
export function mountControl(
  app: FastifyInstance,
  input: { store: SandboxStore; echo: EchoBox; sharedSecret: string; production: boolean },
): void {
  if (input.production) return;
  const { store, echo } = input;

  app.register(
    async (control) => {
      control.addHook("onRequest", async (request, reply) => {
        if (!isLoopback(request.socket.remoteAddress)) return reply.code(403).send({ error: "the control API answers on loopback only" });
      });

      control.get<{ Params: { name: string } }>("/echo/:name", async (request) => echo.list(request.params.name));
      control.put<{ Params: { name: string } }>("/echo/:name", async (request, reply) => {
        const settings = read(request, reply, echoSettingsSchema);
        if (settings === undefined) return reply;
        echo.configure(request.params.name, settings);
        return settings;
      });
      control.delete<{ Params: { name: string } }>("/echo/:name", async (request, reply) => {
        echo.clear(request.params.name);
        return reply.code(204).send();
      });

      control.register(async (scope) => {
        scope.addHook("preHandler", async (request, reply) => {
          const { provider } = request.params as { provider: string };
          if (!findProvider(provider)) return reply.code(404).send({ error: `the sandbox has no provider "${provider}"` });
        });
        mountProviderControl(scope, store, input.sharedSecret);
      });
    },
    { prefix: "/_control" },
  );
}

function mountProviderControl(app: FastifyInstance, store: SandboxStore, sharedSecret: string): void {
  app.get<ProviderParams>("/:provider", async (request) => {
    const { provider } = request.params;
    const { requests, ...webhooks } = store.counters(provider);
    return { objects: store.countObjects(provider), requests, webhooks };
  });
  app.get<{ Params: { provider: string; type: string } }>("/:provider/objects/:type", async (request) =>
    store.objects(request.params.provider, request.params.type).list(),
  );
  app.get<ProviderParams & { Querystring: { account?: string } }>("/:provider/credentials", async (request, reply) => {
    const account = request.query.account || defaultAccount;
    if (!accountPattern.test(account)) return reply.code(400).send({ error: "account: letters, digits, _ and - only" });
    const provider = findProvider(request.params.provider);
    return provider && sandboxCredentialsFor(provider, account, sharedSecret);
  });
  app.put<ProviderParams>("/:provider/faults", async (request, reply) => {
    const faults = read(request, reply, faultsSchema);
    if (faults === undefined) return reply;
    store.setFaults(request.params.provider, faults);
    return faults;
  });
  app.delete<ProviderParams>("/:provider/faults", async (request, reply) => {
    store.setFaults(request.params.provider, undefined);
    return reply.code(204).send();
  });
  app.post<ProviderParams>("/:provider/reset", async (request, reply) => {
    store.reset(request.params.provider);
    return reply.code(204).send();
  });
}

/** The body as the schema gives it; otherwise the answer is already sent. */
function read<T extends z.ZodType>(request: FastifyRequest, reply: FastifyReply, schema: T): z.output<T> | undefined {
  const parsed = schema.safeParse(parseJson(request.body));
  if (parsed.success) return parsed.data;
  reply.code(400).send({ error: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ") });
  return undefined;
}

function parseJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";
}
