import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const sterlingSettings = z.strictObject({});
export type SterlingSettings = z.output<typeof sterlingSettings>;

const sterlingCredentials = z.strictObject({
  callbackSecret: z.string().trim().regex(/^[A-Za-z0-9_-]{32,200}$/, "32 to 200 letters, digits, _ and -").meta({
    title: "Callback secret",
    description: "The last part of the callback address: 32 to 200 random letters, digits, _ and -.",
    secret: true,
  }),
});
export type SterlingCredentials = z.output<typeof sterlingCredentials>;

export const sterlingManifest: ReceivingManifest<SterlingSettings, SterlingCredentials> = {
  slug: "sterling",
  name: "Sterling",
  category: "background_check",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://apidocs.sterlingcheck.app",
    webhooks: "https://sterling.readme.io/docs/handling-callbacks",
  },
  settings: sterlingSettings,
  credentials: sterlingCredentials,
  webhookSetup:
    "Sterling signs nothing: give it the webhook URL of the integration with the callback secret as its last part.",
};
