import { z } from "zod";
import type { ProviderManifest } from "../contract.ts";

export const digestAlgorithms = ["HMAC_SHA256_HEX", "HMAC_SHA512_HEX", "HMAC_SHA1_HEX"] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

export const sumsubSettings = z.strictObject({
  levelName: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .default("basic-kyc-level")
    .meta({ title: "Level", description: "Name of the verification level that applicants go through, as the Sumsub dashboard shows it." }),
  clientId: z.string().trim().max(200).optional().meta({
    title: "Client id",
    description: "As the webhooks name it. Webhooks about another client's applicants are refused; empty for any.",
  }),
  addressLevelName: z.string().trim().max(200).default("").meta({
    title: "Level with address",
    description: "Level for verifications that include the address. Empty: the level above.",
  }),
  watchlistLevelName: z.string().trim().max(200).default("").meta({
    title: "Level with watchlists",
    description: "Level for verifications that include watchlists, also when they include the address. Empty: the level above.",
  }),
  digestAlgorithm: z.enum(digestAlgorithms).default("HMAC_SHA256_HEX").meta({
    title: "Webhook digest algorithm",
    description: "Webhooks signed with any other algorithm are refused. SHA-1 is there for old set-ups only.",
  }),
});
export type SumsubSettings = z.output<typeof sumsubSettings>;

const secret = z.string().trim().min(1).max(500);

export const sumsubCredentials = z.strictObject({
  appToken: secret.meta({
    title: "App token",
    description: "Made in the dashboard under Dev space, App tokens. Starts with sbx: (test) or prd: (live).",
    secret: true,
  }),
  secretKey: secret.meta({ title: "Secret key", description: "Shown once, together with the app token.", secret: true }),
  webhookSecret: secret.meta({
    title: "Webhook secret",
    description: "The webhook's own secret key. It is not the secret key of the app token.",
    secret: true,
  }),
});
export type SumsubCredentials = z.output<typeof sumsubCredentials>;

export const sumsubManifest: ProviderManifest<SumsubSettings, SumsubCredentials> = {
  slug: "sumsub",
  name: "Sumsub",
  category: "identity",
  capabilities: ["identityVerification"],
  auth: "api_key",
  docs: {
    api: "https://docs.sumsub.com/reference/about-sumsub-api",
    webhooks: "https://docs.sumsub.com/docs/webhook-manager",
  },
  settings: sumsubSettings,
  credentials: sumsubCredentials,
  liveBaseUrl: () => "https://api.sumsub.com",
  // POST has the tighter limit of the two: 50 requests in 5 s, against 300 for GET.
  rate: { requests: 50, perMs: 5_000, source: "https://docs.sumsub.com/reference/rate-limits" },
  usualAnswerMs: 60_000,
  webhookSetup:
    "Waystation makes the webhook through Sumsub's API, with the webhook secret you entered, before it is first needed. " +
    "The app token needs the permission to manage client settings for that.",
};
