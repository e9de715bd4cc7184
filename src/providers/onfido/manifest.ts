import { z } from "zod";
import type { ProviderManifest } from "../contract.ts";

export const regions = ["eu", "us", "ca"] as const;
export const watchlistReports = ["watchlist_standard", "watchlist_aml", "watchlist_enhanced", "watchlist_peps_only", "watchlist_sanctions_only"] as const;

export const onfidoSettings = z.strictObject({
  region: z.enum(regions).default("eu").meta({ title: "Region", description: "Where the Onfido account is kept. A token of one region is refused by the others." }),
  workflowId: z
    .string()
    .trim()
    .regex(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/, "is not the id of a workflow")
    .default("")
    .meta({ title: "Studio workflow", description: "Id of the Studio workflow that candidates go through. Empty: classic checks of documents and faces." }),
  watchlistReport: z.enum(watchlistReports).default("watchlist_standard").meta({
    title: "Watchlist report",
    description: "Which report a classic check asks for when a verification includes watchlists. It must be part of the contract with Onfido.",
  }),
  askAgain: z.boolean().default(true).meta({
    title: "Ask again for poor pictures",
    description: "When the pictures were all that failed, the candidate is asked for new ones instead of being told no.",
  }),
  sdkReferrer: z.string().trim().max(500).default("").meta({
    title: "Pages that may use the SDK",
    description: "URL pattern of the host product's pages that embed Onfido's web SDK, such as https://*.example.com/*. Empty: any.",
  }),
});
export type OnfidoSettings = z.output<typeof onfidoSettings>;

export const onfidoCredentials = z.strictObject({
  apiToken: z.string().trim().min(1).max(500).meta({
    title: "API token",
    description: "Made in the dashboard under Developers, Tokens. Starts with api_sandbox (test) or api_live.",
    secret: true,
  }),
  webhookToken: z.string().trim().min(1).max(500).optional().meta({
    title: "Webhook token",
    description: "Only for a webhook that you made yourself; otherwise Waystation makes the webhook and keeps its token.",
    secret: true,
  }),
});
export type OnfidoCredentials = z.output<typeof onfidoCredentials>;

export const onfidoManifest: ProviderManifest<OnfidoSettings, OnfidoCredentials> = {
  slug: "onfido",
  name: "Onfido",
  category: "identity",
  capabilities: ["identityVerification"],
  auth: "api_key",
  docs: {
    api: "https://documentation.onfido.com/api/latest",
    webhooks: "https://documentation.onfido.com/api/latest#webhooks",
  },
  settings: onfidoSettings,
  credentials: onfidoCredentials,
  liveBaseUrl: ({ region }) => `https://api.${region}.onfido.com`,
  rate: { requests: 400, perMs: 60_000, source: "https://documentation.onfido.com/api/latest#rate-limits" },
  usualAnswerMs: 60_000,
  webhookSetup:
    "Waystation makes the webhook through Onfido's API before it is first needed and keeps the token that comes back. " +
    "One that was made by hand for the same address is used as it is, and switched on again if it was off.",
};
