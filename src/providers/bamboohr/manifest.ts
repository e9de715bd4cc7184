import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const bamboohrSettings = z.strictObject({
  companyId: z.string().trim().max(200).optional().meta({ title: "Company id", description: "As the webhooks name it (companyId). Webhooks of another company are refused; empty for any." }),
});
export type BamboohrSettings = z.output<typeof bamboohrSettings>;

const bamboohrCredentials = z.strictObject({
  webhookPrivateKey: z.string().trim().min(1).max(500).meta({
    title: "Webhook private key",
    description: "Returned once, when the webhook is made.",
    secret: true,
  }),
});
export type BamboohrCredentials = z.output<typeof bamboohrCredentials>;

export const bamboohrManifest: ReceivingManifest<BamboohrSettings, BamboohrCredentials> = {
  slug: "bamboohr",
  name: "BambooHR",
  category: "hris",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://documentation.bamboohr.com/reference",
    webhooks: "https://documentation.bamboohr.com/docs/webhooks",
  },
  settings: bamboohrSettings,
  credentials: bamboohrCredentials,
  webhookSetup:
    "Make a webhook through BambooHR's API or settings with the webhook URL of the integration, and enter the private key that comes back here.",
};
