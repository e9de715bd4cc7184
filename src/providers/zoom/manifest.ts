import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const zoomSettings = z.strictObject({
  accountId: z.string().trim().max(200).optional().meta({ title: "Account id", description: "As the webhooks name it (account_id). Webhooks of another account are refused; empty for any." }),
});
export type ZoomSettings = z.output<typeof zoomSettings>;

const zoomCredentials = z.strictObject({
  webhookSecretToken: z.string().trim().min(1).max(500).meta({
    title: "Secret token",
    description: "Shown in the app's settings under Features, Access.",
    secret: true,
  }),
});
export type ZoomCredentials = z.output<typeof zoomCredentials>;

export const zoomManifest: ReceivingManifest<ZoomSettings, ZoomCredentials> = {
  slug: "zoom",
  name: "Zoom",
  category: "video",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://developers.zoom.us/docs/api/",
    webhooks: "https://developers.zoom.us/docs/api/webhooks/",
  },
  settings: zoomSettings,
  credentials: zoomCredentials,
  webhookSetup:
    "Add an event subscription to the Zoom app with the webhook URL of the integration, and enter the app's secret token here before Zoom validates the URL.",
};
