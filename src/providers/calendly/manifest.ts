import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const calendlySettings = z.strictObject({});
export type CalendlySettings = z.output<typeof calendlySettings>;

const calendlyCredentials = z.strictObject({
  webhookSigningKey: z.string().trim().min(1).max(500).meta({
    title: "Webhook signing key",
    description: "Chosen when the webhook subscription is made, or shown for an OAuth app.",
    secret: true,
  }),
});
export type CalendlyCredentials = z.output<typeof calendlyCredentials>;

export const calendlyManifest: ReceivingManifest<CalendlySettings, CalendlyCredentials> = {
  slug: "calendly",
  name: "Calendly",
  category: "calendar",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://developer.calendly.com/api-docs",
    webhooks: "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
  },
  settings: calendlySettings,
  credentials: calendlyCredentials,
  webhookSetup:
    "Make a webhook subscription through Calendly's API with the webhook URL of the integration and a signing key of 32 or more random characters, and enter the same key here.",
};
