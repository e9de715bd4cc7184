import { defineProvider } from "../contract.ts";
import { leverManifest } from "./manifest.ts";
import { leverSandbox } from "./sandbox.ts";
import { leverWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const lever = defineProvider({ manifest: leverManifest, webhook: leverWebhook, sandbox: leverSandbox });
