import { defineProvider } from "../contract.ts";
import { calendlyManifest } from "./manifest.ts";
import { calendlySandbox } from "./sandbox.ts";
import { calendlyWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const calendly = defineProvider({ manifest: calendlyManifest, webhook: calendlyWebhook, sandbox: calendlySandbox });
