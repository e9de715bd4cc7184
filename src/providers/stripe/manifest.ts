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
  webhookSources: {
    cidrs: [
      "3.18.12.63/32", "3.69.109.8/32", "3.120.168.93/32", "3.130.192.231/32", "13.235.14.237/32", "13.235.122.149/32", "18.211.135.69/32", "35.154.171.200/32",
      "35.157.207.129/32", "52.15.183.38/32", "54.88.130.119/32", "54.88.130.237/32", "54.187.174.169/32", "54.187.205.235/32", "54.187.216.72/32",
    ],
    source: "https://docs.stripe.com/ips",
    checkedAt: "2026-05-15",
  },
  settings: stripeSettings,
  credentials: stripeCredentials,
  webhookSetup:
    "Add an endpoint in the Stripe dashboard under Workbench, Webhooks, with the webhook URL of the integration, and enter its signing secret here.",
};
