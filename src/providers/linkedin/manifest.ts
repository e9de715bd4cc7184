import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const linkedinSettings = z.strictObject({});
export type LinkedinSettings = z.output<typeof linkedinSettings>;

const linkedinCredentials = z.strictObject({
  clientSecret: z.string().trim().min(1).max(500).meta({
    title: "Client secret",
    description: "Of the LinkedIn application; LinkedIn signs and challenges with it.",
    secret: true,
  }),
});
export type LinkedinCredentials = z.output<typeof linkedinCredentials>;

export const linkedinManifest: ReceivingManifest<LinkedinSettings, LinkedinCredentials> = {
  slug: "linkedin",
  name: "LinkedIn",
  category: "job_board",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://learn.microsoft.com/en-us/linkedin/talent/",
    webhooks: "https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
  },
  settings: linkedinSettings,
  credentials: linkedinCredentials,
  webhookSetup:
    "Register the webhook URL of the integration in the LinkedIn developer portal under Webhooks, after entering the application's client secret here.",
};
