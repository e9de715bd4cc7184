import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { buildSandbox } from "../../sandbox/app.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { HttpRequest, HttpResponse, HttpTransport } from "../../src/lib/http.ts";
import { createHttpTransport } from "../../src/lib/http-transport.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { type ConnectableProvider, hasWebhook, isConnectable, type News, type ProviderConnection, type ProviderDefinition, type RawWebhook } from "../../src/providers/contract.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";

const sharedSecret = "provider-tests";
const logger = createLogger({ level: "silent", process: "test" });

/** One exchange over real HTTP, as the client saw it. */
export interface Exchange {
  request: HttpRequest;
  response: HttpResponse;
}

export interface ProviderSandbox {
  url: string;
  exchanges: Exchange[];
  connect(provider: ProviderDefinition, options?: { account?: string; settings?: unknown; credentials?: unknown }): ProviderConnection;
  control(path: string): Promise<any>;
  /** Where a vendor may post. `news` verifies all that came and throws when something does not. */
  receive(provider: ProviderDefinition, account: string): Promise<{ url: string; news(): News[]; raw: RawWebhook[]; close(): Promise<void> }>;
  close(): Promise<void>;
}

/** The sandbox process's app with a transport, for tests that talk to a vendor's stand-in as the client does. */
export async function startProviderSandbox(stepMs = 10): Promise<ProviderSandbox> {
  const dataDir = await mkdtemp(join(tmpdir(), "provider-sandbox-"));
  const sandbox = await buildSandbox({ dataDir, stepMs, logger, sharedSecret, production: false });
  const url = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
  const transport = createHttpTransport({ logger });
  const exchanges: Exchange[] = [];
  const http: HttpTransport = {
    async request(request) {
      const response = await transport.request(request);
      exchanges.push({ request, response });
      return response;
    },
  };

  return {
    url,
    exchanges,
    connect(provider, { account = "acme", settings = {}, credentials } = {}) {
      if (!isConnectable(provider)) throw new Error("the provider has no client");
      const { manifest } = provider satisfies ConnectableProvider;
      return provider.connect({
        settings: manifest.settings.parse(settings), credentials: credentials ?? sandboxCredentialsFor(provider, account, sharedSecret), mode: "sandbox",
        baseUrl: `${url}/${manifest.slug}`, http, clock: systemClock,
      });
    },
    control: async (path) => await (await fetch(`${url}/_control/${path}`)).json(),
    async receive(provider, account) {
      const { webhook } = provider;
      if (!hasWebhook(webhook)) throw new Error("the provider has no webhook");
      const raw: RawWebhook[] = [];
      const app = fastify();
      app.removeAllContentTypeParsers();
      app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      app.post<{ Params: { "*": string } }>("/hook/*", async (request, reply) => {
        raw.push({ method: "POST", url: request.url, headers: request.headers, body: request.body as Buffer, pathSecret: request.params["*"] });
        return reply.code(200).send();
      });
      const base = await app.listen({ host: "127.0.0.1", port: 0 });
      const input = { credentials: [sandboxCredentialsFor(provider, account, sharedSecret)], settings: provider.manifest.settings.parse({}), now: new Date() };
      return {
        raw,
        url: `${base}/hook/${webhook.secretInPath === undefined ? "x" : `{${webhook.secretInPath}}`}`,
        news: () => raw.flatMap((one) => {
          const verdict = webhook.verify(one, input);
          if (!verdict.ok) throw new Error(`a webhook of the sandbox does not verify: ${verdict.reason}`);
          return webhook.parse(verdict.webhook);
        }),
        close: () => app.close(),
      };
    },
    async close() {
      await transport.close();
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
