import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const indeedSettings = z.strictObject({});
export type IndeedSettings = z.output<typeof indeedSettings>;

const indeedCredentials = z.strictObject({
  applySecret: z.string().trim().min(1).max(500).meta({
    title: "Indeed Apply secret",
    description: "The API secret of Indeed Apply, from the partner account.",
    secret: true,
  }),
});
export type IndeedCredentials = z.output<typeof indeedCredentials>;

export const indeedManifest: ReceivingManifest<IndeedSettings, IndeedCredentials> = {
  slug: "indeed",
  name: "Indeed",
  category: "job_board",
  capabilities: [],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://docs.indeed.com",
    webhooks: "https://docs.indeed.com/indeed-apply/",
  },
  settings: indeedSettings,
  credentials: indeedCredentials,
  webhookSetup:
    "Give the webhook URL of the integration as the postUrl of Indeed Apply, and enter the Indeed Apply API secret here.",
};
