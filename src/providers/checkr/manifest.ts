import { z } from "zod";
import type { ProviderManifest } from "../contract.ts";

const hosts = { production: "https://api.checkr.com/v1", staging: "https://api.checkr-staging.com/v1" } as const;

export const checkrSettings = z.strictObject({
  environment: z.enum(["production", "staging"]).default("production").meta({
    title: "Environment",
    description: "Staging runs no real checks; it has keys of its own.",
  }),
  authentication: z.enum(["api_key", "partner_oauth"]).default("api_key").meta({
    title: "Authentication",
    description: "A key of your own account, or an account that was connected to your partner application.",
  }),
});
export type CheckrSettings = z.output<typeof checkrSettings>;

const secret = z.string().trim().max(500);

export const checkrCredentials = z.strictObject({
  apiKey: secret.min(1).meta({
    title: "API key",
    description: "The account's secret API key; for a partner application, the access token of the connected account.",
    secret: true,
  }),
  webhookKey: secret.optional().meta({
    title: "Webhook key",
    description: "For a partner application, its client secret. Otherwise leave it empty: webhooks are signed with the API key.",
    secret: true,
  }),
});
export type CheckrCredentials = z.output<typeof checkrCredentials>;

export const checkrManifest: ProviderManifest<CheckrSettings, CheckrCredentials> = {
  slug: "checkr",
  name: "Checkr",
  category: "background_check",
  capabilities: ["backgroundCheck"],
  auth: "api_key",
  docs: {
    api: "https://docs.checkr.com",
    webhooks: "https://docs.checkr.com/#section/Webhooks",
  },
  settings: checkrSettings,
  credentials: checkrCredentials,
  liveBaseUrl: ({ environment }) => hosts[environment],
  rate: { requests: 1_200, perMs: 60_000, source: "https://docs.checkr.com/#section/Getting-Started/Rate-Limits" },
  // Reports take two to three days on average; the invitation's own news come within minutes.
  usualAnswerMs: 60 * 60 * 1000,
  webhookSetup:
    "Waystation makes the webhook through Checkr's API before it is first needed. An account may have two; a partner application's is set in its own dashboard.",
};
