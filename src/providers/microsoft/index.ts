import { defineProvider } from "../contract.ts";
import { microsoftManifest } from "./manifest.ts";
import { microsoftSandbox } from "./sandbox.ts";
import { microsoftWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const microsoft = defineProvider({ manifest: microsoftManifest, webhook: microsoftWebhook, sandbox: microsoftSandbox });
