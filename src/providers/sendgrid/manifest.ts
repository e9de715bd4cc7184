import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const sendgridSettings = z.strictObject({});
export type SendgridSettings = z.output<typeof sendgridSettings>;

const sendgridCredentials = z.strictObject({
  webhookPublicKey: z.string().trim().min(1).max(500).meta({
    title: "Verification key",
    description: "The public key of the signed event webhook, base64 without PEM lines.",
    secret: true,
  }),
});
export type SendgridCredentials = z.output<typeof sendgridCredentials>;

export const sendgridManifest: ReceivingManifest<SendgridSettings, SendgridCredentials> = {
  slug: "sendgrid",
  name: "SendGrid",
  category: "messaging",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://www.twilio.com/docs/sendgrid/api-reference",
    webhooks: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
  },
  settings: sendgridSettings,
  credentials: sendgridCredentials,
  webhookSetup:
    "Turn on the signed event webhook in SendGrid's mail settings with the webhook URL of the integration, and enter its verification key here.",
};
