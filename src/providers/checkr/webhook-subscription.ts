import type { ProviderConnection } from "../contract.ts";
import type { CheckrClient } from "./client.ts";

/** An account has at most two. https://docs.checkr.com/#operation/createWebhook */
const MAX_WEBHOOKS = 2;

export function webhookSubscription(client: CheckrClient): NonNullable<ProviderConnection["webhookSubscription"]> {
  return {
    async ensure({ url }) {
      const present = (await client.listWebhooks()).filter((webhook) => !webhook.deleted_at);
      // Both places may be another product's: polling still finds every answer. One that Checkr removed for failing is made again.
      if (present.some((webhook) => webhook.webhook_url === url) || present.length >= MAX_WEBHOOKS) return;
      // With the object: it names the candidate, by whom the owner is found before the report's id is known here.
      await client.createWebhook({ webhook_url: url, include_object: true });
    },
  };
}
