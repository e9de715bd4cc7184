import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const dropboxSignSettings = z.strictObject({
  accountId: z.string().trim().max(200).optional().meta({ title: "Account id", description: "As the events name it (reported_for_account_id). Those of another account are refused; empty for any." }),
});
export type DropboxSignSettings = z.output<typeof dropboxSignSettings>;

const dropboxSignCredentials = z.strictObject({
  apiKey: z.string().trim().min(1).max(500).meta({
    title: "API key",
    description: "Of the account that owns the app or template: Dropbox Sign makes the event's hash with it.",
    secret: true,
  }),
});
export type DropboxSignCredentials = z.output<typeof dropboxSignCredentials>;

export const dropboxSignManifest: ReceivingManifest<DropboxSignSettings, DropboxSignCredentials> = {
  slug: "dropbox-sign",
  name: "Dropbox Sign",
  category: "e_signature",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://developers.hellosign.com/api/reference/overview/",
    webhooks: "https://developers.hellosign.com/docs/events/overview/",
  },
  settings: dropboxSignSettings,
  credentials: dropboxSignCredentials,
  webhookSetup:
    "Enter the webhook URL of the integration as the account's or the API app's event callback, and the account's API key here.",
};
