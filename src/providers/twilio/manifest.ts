import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const twilioSettings = z.strictObject({
  accountSid: z.string().trim().max(64).optional().meta({ title: "Account SID", description: "AC…, as the webhooks name it. Webhooks of another account are refused; empty for any." }),
  calledAddress: z.union([z.literal(""), z.url({ protocol: /^https?$/ }).max(500)]).optional().meta({
    title: "Called address",
    description: "Only where a proxy changes the path on its way: the address that Twilio calls, without its query. Twilio signs it.",
  }),
});
export type TwilioSettings = z.output<typeof twilioSettings>;

const twilioCredentials = z.strictObject({
  authToken: z.string().trim().min(1).max(500).meta({
    title: "Auth token",
    description: "The account's primary auth token: Twilio signs with it also when calls are made with API keys.",
    secret: true,
  }),
});
export type TwilioCredentials = z.output<typeof twilioCredentials>;

export const twilioManifest: ReceivingManifest<TwilioSettings, TwilioCredentials> = {
  slug: "twilio",
  name: "Twilio",
  category: "messaging",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://www.twilio.com/docs/usage/api",
    webhooks: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
  },
  settings: twilioSettings,
  credentials: twilioCredentials,
  webhookSetup:
    "Give the webhook URL of the integration as the status callback of a messaging service or number, and enter the account's primary auth token here.",
};
