import { createHmac } from "node:crypto";
import { hasWebhook, type ProviderDefinition, type RawWebhook, type VerifiedWebhook } from "../../src/providers/contract.ts";
import { findProvider } from "../../src/providers/registry.ts";
import { DEFAULT_SANDBOX_SECRET, deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { webhookBodies, type Telling } from "./webhook-bodies.ts";

/** An integration in sandbox mode, whose secrets both sides derive. */
export interface SandboxIntegration {
  provider: string;
  id: string;
  tenantId: string;
  /** As the API shows it: where the vendor would send to. */
  webhookUrl: string;
}

/** A request that is ready to be sent, as often as one likes. */
export interface SignedWebhook {
  integrationId: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface WebhookSigner {
  integration: SandboxIntegration;
  /** Now, or as if it were sent at another moment. */
  sign(telling: Telling, sentAt?: Date): SignedWebhook;
  /** Under which ids its news are recorded, by the provider's own reading. */
  externalIdsOf(webhook: SignedWebhook): string[];
}

/** The vendor's side of an integration: signs with the secret that both derive. */
export function webhookSigner(integration: SandboxIntegration): WebhookSigner {
  const provider = providerOf(integration.provider);
  const credentials = sandboxCredentialsFor(provider, integration.id);
  const settings = provider.manifest.settings.parse({});
  const derive = (label: string): string => deriveSandboxSecret(DEFAULT_SANDBOX_SECRET, { provider: integration.provider, account: integration.id, label });
  const path = new URL(integration.webhookUrl).pathname;
  const bodyOf = webhookBodies[integration.provider];
  const { webhook } = provider;
  if (bodyOf === undefined || !hasWebhook(webhook) || provider.sandbox.exampleWebhook === undefined) throw new Error(`${integration.provider} cannot be signed for`);
  const example = provider.sandbox.exampleWebhook;

  return {
    integration,
    sign: (telling, sentAt = new Date()) => {
      const raw = example({ credentials, settings, now: sentAt, derive, body: Buffer.from(bodyOf(telling)) });
      const headers = { ...raw.headers } as Record<string, string>;
      if (integration.provider === "twilio") headers["x-twilio-signature"] = twilioSignature(integration.webhookUrl, raw.body, (credentials as { authToken: string }).authToken);
      return { integrationId: integration.id, path, headers, body: raw.body };
    },
    externalIdsOf: ({ headers, body }) => {
      const raw: RawWebhook = { method: "POST", url: integration.webhookUrl, headers, body };
      return webhook.parse(raw as VerifiedWebhook).map(({ externalId }) => externalId);
    },
  };
}

/** The same request with one bit of its body turned: no signature fits it. */
export function forged(webhook: SignedWebhook): SignedWebhook {
  const body = Buffer.from(webhook.body);
  const place = Math.floor(body.length / 2);
  body[place] = (body[place] ?? 0) ^ 1;
  return { ...webhook, body };
}

function providerOf(slug: string): ProviderDefinition {
  const provider = findProvider(slug);
  if (provider === undefined) throw new Error(`${slug} is missing`);
  return provider;
}

/** Twilio signs its own address and the form's fields; the stand-in's example is for another address. */
function twilioSignature(url: string, body: Buffer, authToken: string): string {
  const fields = [...new URLSearchParams(body.toString())].map((pair) => pair.join("")).toSorted().join("");
  return createHmac("sha1", authToken).update(`${url}${fields}`).digest("base64");
}
