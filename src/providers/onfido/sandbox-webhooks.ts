import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SandboxWorld } from "../sandbox-contract.ts";
import { accountOf, fail, readBody } from "./sandbox-http.ts";
import type { OnfidoStore, StoredWebhook } from "./sandbox-store.ts";

const fields = {
  name: z.string().optional(),
  enabled: z.boolean().optional(),
  events: z.array(z.string()).optional(),
  environments: z.array(z.enum(["sandbox", "live"])).optional(),
  payload_version: z.number().int().optional(),
};
const url = z.url({ protocol: /^https?$/ });
const newWebhook = z.looseObject({ ...fields, url });
const changedWebhook = z.looseObject({ ...fields, url: url.optional() });

/** The token is Onfido's to choose: the account's derived one, so that both sides know it. https://documentation.onfido.com/api/latest#webhooks */
export function webhookRoutes(app: FastifyInstance, world: SandboxWorld, store: OnfidoStore): void {
  const webhooks = world.objects("webhooks");
  const shown = ({ account: _account, ...webhook }: StoredWebhook): Record<string, unknown> => webhook;
  const find = (account: string, id: string): StoredWebhook | undefined => store.webhooks(account).find((webhook) => webhook.id === id);

  app.get("/webhooks", async (request) => ({ webhooks: store.webhooks(accountOf(request)).map(shown) }));

  app.post("/webhooks", async (request, reply) => {
    const body = readBody(request, newWebhook);
    if ("fields" in body) return fail(reply, 422, body.fields);
    const [id, account] = [randomUUID(), accountOf(request)];
    const webhook: StoredWebhook = {
      enabled: true, events: [], environments: [], payload_version: 3, ...defined(body.value), id, account, url: body.value.url, token: webhookTokenOf((label) => world.derive(account, label)), href: `/v3.6/webhooks/${id}`,
    };
    webhooks.put(id, webhook);
    return reply.code(201).send(shown(webhook));
  });

  app.get<{ Params: { id: string } }>("/webhooks/:id", async (request, reply) => {
    const webhook = find(accountOf(request), request.params.id);
    return webhook ? shown(webhook) : fail(reply, 404);
  });

  app.put<{ Params: { id: string } }>("/webhooks/:id", async (request, reply) => {
    const body = readBody(request, changedWebhook);
    if ("fields" in body) return fail(reply, 422, body.fields);
    const webhook = find(accountOf(request), request.params.id);
    if (!webhook) return fail(reply, 404);
    // A field that is left out keeps its value; the token always does.
    const changed: StoredWebhook = { ...webhook, ...defined(body.value), id: webhook.id, account: webhook.account, token: webhook.token };
    webhooks.put(webhook.id, changed);
    return shown(changed);
  });

  app.delete<{ Params: { id: string } }>("/webhooks/:id", async (request, reply) => {
    const webhook = find(accountOf(request), request.params.id);
    if (!webhook) return fail(reply, 404);
    webhooks.delete(webhook.id);
    return reply.code(204).send();
  });
}

export function webhookTokenOf(derive: (label: string) => string): string {
  return derive("webhook").slice(0, 32);
}

function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
