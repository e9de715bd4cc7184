import type { ProviderConnection } from "../contract.ts";
import type { SumsubClient, SumsubWebhook, SumsubWebhookInput } from "./client.ts";
import type { SumsubCredentials, SumsubSettings } from "./manifest.ts";

/** What can change a verification. Sumsub ignores a name that it does not know. */
export const webhookTypes = [
  "applicantCreated", "applicantPending", "applicantPrechecked", "applicantOnHold", "applicantReviewed", "applicantReset",
  "applicantPersonalInfoChanged", "applicantLevelChanged", "applicantActivated", "applicantDeactivated", "applicantDeleted",
  "applicantWorkflowCompleted",
  // After the decision: a person's action of its own, and what ongoing monitoring finds.
  "applicantActionPending", "applicantActionOnHold", "applicantActionReviewed", "amlCaseOnHold", "amlCaseApproved", "amlCaseRejected",
] as const;

/** Sumsub lists no more than its 50 oldest webhooks. */
const LIST_LIMIT = 50;

export function webhookSubscription(
  client: SumsubClient,
  input: { settings: SumsubSettings; credentials: SumsubCredentials },
): NonNullable<ProviderConnection["webhookSubscription"]> {
  return {
    async ensure({ url }) {
      const wanted: SumsubWebhookInput = {
        name: "Waystation",
        target: url,
        targetType: "http",
        types: [...webhookTypes],
        secretKey: input.credentials.webhookSecret,
        signatureAlgorithm: input.settings.digestAlgorithm,
      };
      const present = await client.listWebhooks();
      const ours = present.find((webhook) => webhook.target === url);
      if (ours === undefined) {
        // Behind a full list ours may exist unseen; making one each time would never end. Polling still finds every answer.
        if (present.length < LIST_LIMIT) await client.createWebhook(wanted);
      } else if (!matches(ours, wanted)) {
        await client.updateWebhook({ id: ours.id, ...wanted, name: ours.name ?? wanted.name });
      }
    },
  };
}

function matches(webhook: SumsubWebhook, wanted: SumsubWebhookInput): boolean {
  return (
    webhook.secretKey === wanted.secretKey &&
    webhook.signatureAlgorithm === wanted.signatureAlgorithm &&
    wanted.types.every((type) => webhook.types?.includes(type))
  );
}
