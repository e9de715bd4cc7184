import { z } from "zod";
import type { ProviderManifest } from "../contract.ts";

export const sterlingSettings = z.strictObject({
  // A name below Sterling's own domain and nothing else: requests carry the credentials.
  apiHost: z.string().trim().toLowerCase().regex(/^api(\.[a-z0-9-]{1,30}){0,4}\.sterlingcheck\.app$/, "a name such as api.us.sterlingcheck.app").default("api.us.sterlingcheck.app").meta({
    title: "API host",
    description: "As Sterling names it with your credentials, by region and environment: api.us.sterlingcheck.app, or api.us.int.sterlingcheck.app for its test environment.",
  }),
});
export type SterlingSettings = z.output<typeof sterlingSettings>;

const secret = z.string().trim().min(1).max(500);

export const sterlingCredentials = z.strictObject({
  clientId: secret.meta({ title: "Client ID", description: "Made by Sterling for one region and environment." }),
  clientSecret: secret.meta({ title: "Client secret", description: "Comes with the client ID.", secret: true }),
  callbackSecret: z.string().trim().regex(/^[A-Za-z0-9_-]{32,200}$/, "32 to 200 letters, digits, _ and -").meta({
    title: "Callback secret",
    description: "The last part of the callback address: 32 to 200 random letters, digits, _ and -. You choose it.",
    secret: true,
  }),
});
export type SterlingCredentials = z.output<typeof sterlingCredentials>;

export const sterlingManifest: ProviderManifest<SterlingSettings, SterlingCredentials> = {
  slug: "sterling",
  name: "Sterling",
  category: "background_check",
  capabilities: ["backgroundCheck"],
  auth: "oauth2_client_credentials",
  docs: {
    api: "https://apidocs.sterlingcheck.app",
    webhooks: "https://sterling.readme.io/docs/handling-callbacks",
  },
  settings: sterlingSettings,
  credentials: sterlingCredentials,
  liveBaseUrl: ({ apiHost }) => `https://${apiHost}/v2`,
  rate: { requests: 600, perMs: 60_000, source: "Sterling publishes no limit (https://apidocs.sterlingcheck.app): this one is ours, to be gentle" },
  // Days for most screenings; the first ones come within the hour.
  usualAnswerMs: 60 * 60 * 1000,
  webhookSetup:
    "Waystation names the callback address with each order. Sterling signs nothing: the callback secret, which you choose, is the last part of that address.",
};
