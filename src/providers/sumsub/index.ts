import { defineProvider } from "../contract.ts";
import { createSumsubClient } from "./client.ts";
import { identityVerification } from "./identity-verification.ts";
import { requireLevels } from "./levels.ts";
import { sumsubManifest } from "./manifest.ts";
import { sumsubSandbox } from "./sandbox.ts";
import { signatureHeaders } from "./signing.ts";
import { sumsubWebhook } from "./webhook.ts";
import { webhookSubscription } from "./webhook-subscription.ts";

export const sumsub = defineProvider({
  manifest: sumsubManifest,
  connect(context) {
    const client = createSumsubClient(context);
    return {
      // Also proves the permission without which no webhook can be made.
      async testConnection() {
        await client.listWebhooks();
        // The sandbox takes any level.
        if (context.mode === "live") await requireLevels(client, context.settings);
      },
      identityVerification: identityVerification(client, context.settings),
      webhookSubscription: webhookSubscription(client, context),
    };
  },
  webhook: sumsubWebhook,
  sandbox: sumsubSandbox,
  signRequest: ({ secret, at, ...request }) => signatureHeaders({ ...request, secretKey: secret, at }),
});
