import { defineProvider } from "../contract.ts";
import { slackManifest } from "./manifest.ts";
import { slackSandbox } from "./sandbox.ts";
import { slackWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const slack = defineProvider({ manifest: slackManifest, webhook: slackWebhook, sandbox: slackSandbox });
