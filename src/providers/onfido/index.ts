import { defineProvider } from "../contract.ts";
import { createOnfidoClient } from "./client.ts";
import { identityVerification } from "./identity-verification.ts";
import { onfidoManifest } from "./manifest.ts";
import { onfidoSandbox } from "./sandbox.ts";
import { onfidoWebhook } from "./webhook.ts";
import { webhookSubscription } from "./webhook-subscription.ts";

export const onfido = defineProvider({
  manifest: onfidoManifest,
  connect(context) {
    const client = createOnfidoClient(context);
    return {
      // Also proves the permission without which no webhook can be made.
      async testConnection() {
        await client.listWebhooks();
      },
      identityVerification: identityVerification(client, context),
      webhookSubscription: webhookSubscription(client, context),
    };
  },
  webhook: onfidoWebhook,
  sandbox: onfidoSandbox,
});
