import { defineProvider } from "../contract.ts";
import { backgroundCheck } from "./background-check.ts";
import { createCheckrClient } from "./client.ts";
import { checkrManifest } from "./manifest.ts";
import { checkrSandbox } from "./sandbox.ts";
import { checkrWebhook } from "./webhook.ts";
import { webhookSubscription } from "./webhook-subscription.ts";

export const checkr = defineProvider({
  manifest: checkrManifest,
  connect(context) {
    const client = createCheckrClient(context);
    return {
      async testConnection() {
        await client.getAccount();
      },
      backgroundCheck: backgroundCheck(client, context.clock),
      // A partner's webhook belongs to its application and is set in the partner's dashboard, once for all accounts.
      ...(context.settings.authentication === "partner_oauth" ? {} : { webhookSubscription: webhookSubscription(client) }),
    };
  },
  webhook: checkrWebhook,
  sandbox: checkrSandbox,
});
