import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const luccaSettings = z.strictObject({});
export type LuccaSettings = z.output<typeof luccaSettings>;

const luccaCredentials = z.strictObject({
  webhookSecret: z.string().trim().min(1).max(500).meta({
    title: "Webhook secret",
    description: "Returned when the webhook endpoint is made.",
    secret: true,
  }),
});
export type LuccaCredentials = z.output<typeof luccaCredentials>;

export const luccaManifest: ReceivingManifest<LuccaSettings, LuccaCredentials> = {
  slug: "lucca",
  name: "Lucca",
  category: "hris",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://developers.luccasoftware.com",
    webhooks: "https://developers.luccasoftware.com/documentation/webhooks",
  },
  settings: luccaSettings,
  credentials: luccaCredentials,
  webhookSetup:
    "Make a webhook endpoint in Lucca with the webhook URL of the integration, and enter its secret here; then activate it.",
};
