import { defineProvider } from "../contract.ts";
import { greenhouseManifest } from "./manifest.ts";
import { greenhouseSandbox } from "./sandbox.ts";
import { greenhouseWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const greenhouse = defineProvider({ manifest: greenhouseManifest, webhook: greenhouseWebhook, sandbox: greenhouseSandbox });
