import { defineProvider } from "../contract.ts";
import { stripeManifest } from "./manifest.ts";
import { stripeSandbox } from "./sandbox.ts";
import { stripeWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const stripe = defineProvider({ manifest: stripeManifest, webhook: stripeWebhook, sandbox: stripeSandbox });
