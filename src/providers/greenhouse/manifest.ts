import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const greenhouseSettings = z.strictObject({});
export type GreenhouseSettings = z.output<typeof greenhouseSettings>;

const greenhouseCredentials = z.strictObject({
  webhookSecret: z.string().trim().min(1).max(500).meta({
    title: "Secret key",
    description: "Chosen when the web hook is made.",
    secret: true,
  }),
});
export type GreenhouseCredentials = z.output<typeof greenhouseCredentials>;

export const greenhouseManifest: ReceivingManifest<GreenhouseSettings, GreenhouseCredentials> = {
  slug: "greenhouse",
  name: "Greenhouse",
  category: "ats",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://developers.greenhouse.io/harvest.html",
    webhooks: "https://developers.greenhouse.io/webhooks.html",
  },
  settings: greenhouseSettings,
  credentials: greenhouseCredentials,
  webhookSetup:
    "Make a web hook in Greenhouse under Configure, Dev Center with the webhook URL of the integration and a secret key of 32 or more random characters, and enter the same key here.",
};
