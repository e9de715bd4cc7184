import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const leverSettings = z.strictObject({});
export type LeverSettings = z.output<typeof leverSettings>;

const leverCredentials = z.strictObject({
  signatureToken: z.string().trim().min(1).max(500).meta({
    title: "Signature token",
    description: "Of the webhook, shown under Integrations and API, Webhooks.",
    secret: true,
  }),
});
export type LeverCredentials = z.output<typeof leverCredentials>;

export const leverManifest: ReceivingManifest<LeverSettings, LeverCredentials> = {
  slug: "lever",
  name: "Lever",
  category: "ats",
  capabilities: [],
  auth: "oauth2_code",
  docs: {
    api: "https://hire.lever.co/developer/documentation",
    webhooks: "https://hire.lever.co/developer/documentation#webhooks",
  },
  settings: leverSettings,
  credentials: leverCredentials,
  webhookSetup:
    "Make a webhook in Lever's settings with the webhook URL of the integration, and enter its signature token here.",
};
