import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const onfidoSettings = z.strictObject({});
export type OnfidoSettings = z.output<typeof onfidoSettings>;

const onfidoCredentials = z.strictObject({
  webhookToken: z.string().trim().min(1).max(500).meta({
    title: "Webhook token",
    description: "Returned once, when the webhook is made.",
    secret: true,
  }),
});
export type OnfidoCredentials = z.output<typeof onfidoCredentials>;

export const onfidoManifest: ReceivingManifest<OnfidoSettings, OnfidoCredentials> = {
  slug: "onfido",
  name: "Onfido",
  category: "identity",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://documentation.onfido.com/api/latest",
    webhooks: "https://documentation.onfido.com/api/latest#webhooks",
  },
  settings: onfidoSettings,
  credentials: onfidoCredentials,
  webhookSetup:
    "Make a webhook in the Onfido dashboard or through its API with the webhook URL of the integration, and enter the token that comes back here.",
};
