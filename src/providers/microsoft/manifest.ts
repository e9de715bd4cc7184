import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const microsoftSettings = z.strictObject({
  directoryId: z.string().trim().max(200).optional().meta({ title: "Directory id", description: "The Entra tenant (a GUID), as the notifications name it (tenantId). Those of another one are refused; empty for any." }),
});
export type MicrosoftSettings = z.output<typeof microsoftSettings>;

const microsoftCredentials = z.strictObject({
  clientState: z.string().trim().min(1).max(128).meta({
    title: "Client state",
    description: "Random text that Microsoft Graph repeats with each notification: 32 or more characters, at most 128.",
    secret: true,
  }),
});
export type MicrosoftCredentials = z.output<typeof microsoftCredentials>;

export const microsoftManifest: ReceivingManifest<MicrosoftSettings, MicrosoftCredentials> = {
  slug: "microsoft",
  name: "Microsoft 365",
  category: "calendar",
  capabilities: [],
  auth: "oauth2_code",
  docs: {
    api: "https://learn.microsoft.com/en-us/graph/api/overview",
    webhooks: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
  },
  settings: microsoftSettings,
  credentials: microsoftCredentials,
  webhookSetup:
    "Make a Graph subscription with the webhook URL of the integration as both the notification and the lifecycle notification URL and this client state.",
};
