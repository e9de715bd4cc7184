import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const stripeSettings = z.strictObject({
  accountId: z.string().trim().max(200).optional().meta({ title: "Connected account", description: "For Connect: the acct_… that the webhooks name. Those of another connected account are refused; empty for any." }),
});
export type StripeSettings = z.output<typeof stripeSettings>;

const stripeCredentials = z.strictObject({
  webhookSecret: z.string().trim().min(1).max(500).meta({
    title: "Signing secret",
    description: "The endpoint's own secret, which starts with whsec_. It is not the API key.",
    secret: true,
  }),
});
export type StripeCredentials = z.output<typeof stripeCredentials>;

export const stripeManifest: ReceivingManifest<StripeSettings, StripeCredentials> = {
  slug: "stripe",
  name: "Stripe",
  category: "payments",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://docs.stripe.com/api",
    webhooks: "https://docs.stripe.com/webhooks",
  },
  settings: stripeSettings,
  credentials: stripeCredentials,
  webhookSetup:
    "Add an endpoint in the Stripe dashboard under Workbench, Webhooks, with the webhook URL of the integration, and enter its signing secret here.",
};
