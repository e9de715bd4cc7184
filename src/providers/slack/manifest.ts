import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const slackSettings = z.strictObject({
  teamId: z.string().trim().max(200).optional().meta({ title: "Workspace id", description: "T…, as the webhooks name it (team_id). Webhooks of another workspace are refused; empty for any." }),
});
export type SlackSettings = z.output<typeof slackSettings>;

const slackCredentials = z.strictObject({
  signingSecret: z.string().trim().min(1).max(500).meta({
    title: "Signing secret",
    description: "Shown in the app's settings under Basic Information, App Credentials.",
    secret: true,
  }),
});
export type SlackCredentials = z.output<typeof slackCredentials>;

export const slackManifest: ReceivingManifest<SlackSettings, SlackCredentials> = {
  slug: "slack",
  name: "Slack",
  category: "messaging",
  capabilities: [],
  auth: "oauth2_code",
  docs: {
    api: "https://docs.slack.dev/reference/methods",
    webhooks: "https://docs.slack.dev/apis/events-api/",
  },
  settings: slackSettings,
  credentials: slackCredentials,
  webhookSetup:
    "Turn on Event Subscriptions in the Slack app's settings, with the webhook URL of the integration as the request URL, and enter the app's signing secret here.",
};
