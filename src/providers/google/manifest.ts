import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const googleSettings = z.strictObject({});
export type GoogleSettings = z.output<typeof googleSettings>;

const googleCredentials = z.strictObject({
  channelToken: z.string().trim().min(1).max(256).meta({
    title: "Channel token",
    description: "Random text that Google repeats with each notification: 32 or more characters, at most 256.",
    secret: true,
  }),
});
export type GoogleCredentials = z.output<typeof googleCredentials>;

export const googleManifest: ReceivingManifest<GoogleSettings, GoogleCredentials> = {
  slug: "google",
  name: "Google Calendar",
  category: "calendar",
  capabilities: [],
  auth: "oauth2_code",
  docs: {
    api: "https://developers.google.com/workspace/calendar/api",
    webhooks: "https://developers.google.com/workspace/calendar/api/guides/push",
  },
  settings: googleSettings,
  credentials: googleCredentials,
  webhookSetup:
    "Watch a calendar with the webhook URL of the integration as the address and this token as the channel's token.",
};
