import { z } from "zod";
import { hasWebhook, type ProviderDefinition } from "../../../src/providers/contract.ts";
import { listProviders } from "../../../src/providers/registry.ts";
import type { AddRoute } from "../../types.ts";

const jsonSchema = z.record(z.string(), z.unknown()).meta({ description: "A JSON Schema (2020-12); secret fields carry `secret: true`" });
const provider = z.object({
  slug: z.string(),
  name: z.string(),
  category: z.string(),
  capabilities: z.array(z.string()),
  auth: z.string(),
  settingsSchema: jsonSchema,
  credentialsSchema: jsonSchema,
  webhook: z.object({
    scheme: z.string(),
    setup: z.string(),
    sources: z.object({ cidrs: z.array(z.string()), source: z.string(), checkedAt: z.string() }).nullable().meta({ description: "From where the vendor says it sends, on the day it was looked up: a suggestion for an integration's `allowedIps`" }),
  }).nullable(),
  docs: z.object({ api: z.string(), webhooks: z.string().optional() }),
}).meta({
  id: "Provider",
  examples: [{
    slug: "sumsub", name: "Sumsub", category: "identity", capabilities: ["identityVerification"], auth: "api_key",
    settingsSchema: { type: "object", properties: { levelName: { type: "string" } } }, credentialsSchema: { type: "object", properties: { appToken: { type: "string", secret: true } } },
    webhook: { scheme: "HMAC-SHA256 of the body", setup: "Set up by itself.", sources: null }, docs: { api: "https://docs.sumsub.com/reference" },
  }],
});

export const addListProviders: AddRoute = (api) => {
  const data = listProviders().map(toResource);
  api.get("/v1/providers", {
    config: { scope: "integrations:read" },
    schema: {
      tags: ["Providers"], summary: "The catalogue of providers", description: "What can be connected, what it can do, and the schemas of its settings and credentials.",
      response: { 200: z.object({ data: z.array(provider) }) },
    },
  }, async () => ({ data }));
};

function toResource({ manifest, webhook }: ProviderDefinition): z.infer<typeof provider> {
  return {
    slug: manifest.slug,
    name: manifest.name,
    category: manifest.category,
    capabilities: manifest.capabilities,
    auth: manifest.auth,
    settingsSchema: z.toJSONSchema(manifest.settings, { io: "input" }) as Record<string, unknown>,
    credentialsSchema: z.toJSONSchema(manifest.credentials, { io: "input" }) as Record<string, unknown>,
    webhook: hasWebhook(webhook) ? { scheme: webhook.scheme, setup: manifest.webhookSetup ?? "", sources: manifest.webhookSources ?? null } : null,
    docs: manifest.docs,
  };
}
