import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SandboxWorld } from "../sandbox-contract.ts";
import { digestAlgorithms } from "./manifest.ts";
import { accountOf, fail, jsonOf, objectId } from "./sandbox-http.ts";
import { type StoredWebhook, sumsubTime } from "./sandbox-webhook.ts";

const webhooksListed = 50;

const webhookFields = {
  name: z.string().optional(),
  targetType: z.literal("http").default("http"),
  headers: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
};
const target = z.url({ protocol: /^https?$/ });
const types = z.array(z.string()).min(1);
const newWebhookSchema = z.object({
  ...webhookFields,
  target,
  types,
  id: z.never().optional(),
  secretKey: z.string().min(1).optional(),
  signatureAlgorithm: z.enum(digestAlgorithms).default("HMAC_SHA256_HEX"),
});
const changedWebhookSchema = z.object({
  ...webhookFields,
  id: z.string().min(1),
  target: target.optional(),
  types: types.optional(),
  secretKey: z.string().min(1).optional(),
  signatureAlgorithm: z.enum(digestAlgorithms).optional(),
});

export function webhookRoutes(app: FastifyInstance, world: SandboxWorld): void {
  const webhooks = world.objects("webhooks");
  const visible = ({ account: _account, ...webhook }: StoredWebhook): Record<string, unknown> => webhook;
  const ofAccount = (account: string): StoredWebhook[] =>
    (webhooks.list() as StoredWebhook[]).filter((webhook) => webhook.account === account);

  app.get("/resources/api/clientWebhooks", async (request) => ({
    list: { items: ofAccount(accountOf(request)).slice(0, webhooksListed).map(visible) },
  }));

  app.post("/resources/api/agent/clientWebhooks", async (request, reply) => {
    const body = newWebhookSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, z.prettifyError(body.error));
    const secretKey = body.data.secretKey ?? randomBytes(16).toString("hex");
    const webhook: StoredWebhook = { ...body.data, id: objectId(), secretKey, account: accountOf(request), createdAt: sumsubTime(new Date(), "seconds") };
    webhooks.put(webhook.id, webhook);
    return reply.code(201).send(visible(webhook));
  });

  app.patch("/resources/api/agent/clientWebhooks", async (request, reply) => {
    const body = changedWebhookSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, z.prettifyError(body.error));
    const stored = ofAccount(accountOf(request)).find((webhook) => webhook.id === body.data.id);
    if (!stored) return fail(reply, 404, "Webhook not found");
    // A field that is left out keeps its value; so does the secret.
    const webhook = { ...stored, ...body.data } as StoredWebhook;
    webhooks.put(webhook.id, webhook);
    return visible(webhook);
  });
}
