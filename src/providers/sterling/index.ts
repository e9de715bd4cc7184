import { defineProvider } from "../contract.ts";
import { backgroundCheck } from "./background-check.ts";
import { createSterlingClient } from "./client.ts";
import { sterlingManifest } from "./manifest.ts";
import { sterlingSandbox } from "./sandbox.ts";
import { sterlingWebhook } from "./webhook.ts";

export const sterling = defineProvider({
  manifest: sterlingManifest,
  connect(context) {
    const client = createSterlingClient(context);
    return {
      async testConnection() {
        await client.listPackages();
      },
      backgroundCheck: backgroundCheck(client, context),
    };
  },
  webhook: sterlingWebhook,
  sandbox: sterlingSandbox,
});
