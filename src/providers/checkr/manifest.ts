import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const checkrSettings = z.strictObject({});
export type CheckrSettings = z.output<typeof checkrSettings>;

const checkrCredentials = z.strictObject({
  webhookKey: z.string().trim().min(1).max(500).meta({
    title: "Webhook key",
    description: "The account's secret API key, or the client secret of a partner's OAuth application.",
    secret: true,
  }),
});
export type CheckrCredentials = z.output<typeof checkrCredentials>;

export const checkrManifest: ReceivingManifest<CheckrSettings, CheckrCredentials> = {
  slug: "checkr",
  name: "Checkr",
  category: "background_check",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://docs.checkr.com",
    webhooks: "https://docs.checkr.com/#section/Webhooks",
  },
  settings: checkrSettings,
  credentials: checkrCredentials,
  webhookSetup:
    "Add the webhook URL of the integration in the Checkr dashboard under Account Settings, Webhooks, and enter the key that Checkr signs with here.",
};
